"""The panel: what the station does, on a terminal of 80 x 24 characters, also over ssh.

Theory of operation: twice a second the snapshot, a mapping of JSON values, is drawn as plain text
with a few colors; nothing is drawn while nothing has changed. Rows whose data is missing are left
out, so that the panel works with every driver set. This module imports ``rich`` and is imported
only when the output is a terminal.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel as Frame
from rich.table import Table
from rich.text import Text

_REFRESH_S: Final = 0.5
_MOST_MESSAGES: Final = 8
_STYLES: Final[Mapping[str, str]] = {
    "Charging": "bold green",
    "Available": "green",
    "Faulted": "bold red",
    "Unavailable": "yellow",
    "online": "green",
    "Accepted": "green",
    "Rejected": "bold red",
}


class Panel:
    """Draws from ``start`` to ``stop``."""

    def __init__(
        self,
        snapshot: Callable[[], Mapping[str, object]],
        lines: Sequence[str],
        console: Console | None = None,
    ) -> None:
        """``snapshot`` as the bench's ``state``; ``lines`` the last messages, the newest last."""
        self._snapshot = snapshot
        self._lines = lines
        self._live = Live(console=console, auto_refresh=False, screen=True)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take the screen."""
        self._live.start()
        self._task = asyncio.create_task(self._refresh_forever())

    async def stop(self) -> None:
        """Give the screen back."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._live.stop()

    async def _refresh_forever(self) -> None:
        drawn: object = None
        while True:
            snapshot, lines = dict(self._snapshot()), list(self._lines)[-_MOST_MESSAGES:]
            if (snapshot, lines) != drawn:
                drawn = (snapshot, lines)
                self._live.update(draw(snapshot, lines), refresh=True)
            await asyncio.sleep(_REFRESH_S)


def draw(snapshot: Mapping[str, object], lines: Sequence[str]) -> Frame:
    """The panel as a rich renderable of at most 24 lines with one outlet."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis")
    for name, text in _rows(snapshot):
        table.add_row(name, text)
    messages = [Text(line, no_wrap=True, overflow="ellipsis", style="dim") for line in lines]
    title = Text.assemble(("Statecharge ", "bold"), str(snapshot.get("time", "")))
    return Frame(Group(table, Text(), *messages), title=title)


def _rows(snapshot: Mapping[str, object]) -> list[tuple[str, Text]]:
    rows = [
        (
            "link",
            Text.assemble(
                _word(snapshot.get("link", "-")),
                "  registration ",
                _word(snapshot.get("registration", "-")),
                f"  queue {snapshot.get('queue', '-')}",
            ),
        )
    ]
    for connector, status in _items(snapshot.get("statuses")):
        rows.append((f"connector {connector}", _word(status)))
    for connector, outlet in _items(snapshot.get("connectors")):
        if isinstance(outlet, Mapping):
            rows.append((f"outlet {connector}", _outlet(outlet)))
    for machine, active in _items(snapshot.get("machines")):
        if isinstance(active, Sequence) and machine.split(".")[0] in _SHOWN_MACHINES:
            rows.append((machine, Text(" > ".join(map(str, active)))))
    return rows


# One line each: the six that a person in front of the station asks about.
_SHOWN_MACHINES: Final = (
    "connector",
    "transaction",
    "authorization",
    "contactor",
    "charge_point",
    "health",
)


def _outlet(outlet: Mapping[str, object]) -> Text:
    contactor = outlet.get("contactor")
    feedback = contactor.get("feedback", "-") if isinstance(contactor, Mapping) else "-"
    return Text(
        f"pilot {outlet.get('pilot', '-')}  contactor {feedback}"
        f"  {outlet.get('power_w', '-')} W  {outlet.get('register_wh', '-')} Wh"
    )


def _word(value: object) -> Text:
    return Text(str(value), style=_STYLES.get(str(value), ""))


def _items(value: object) -> list[tuple[str, object]]:
    return [(str(key), item) for key, item in value.items()] if isinstance(value, Mapping) else []
