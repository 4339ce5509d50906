"""Lines for a person: colored on a terminal, plain text anywhere else."""

import sys
from collections.abc import Iterable, Mapping


def show(lines: Iterable[str], colors: Mapping[str, str]) -> None:
    """Print the lines; on a terminal in the color that their first word has, a style of rich."""
    if not sys.stdout.isatty():
        for line in lines:
            print(line)
        return
    from rich.console import Console  # 60 ms that only a terminal pays
    from rich.text import Text

    console = Console(highlight=False)
    for line in lines:
        console.print(Text(line, style=colors.get(line.partition(" ")[0], "")), soft_wrap=True)
