"""Pages that are one file: text, style, script and data inlined, nothing fetched from anywhere.

Theory of operation: a policy in the head allows exactly the one style and the one script that were
written here, by their hashes, so nothing that a transcript holds can become either. Data is JSON in
a block that is not run; ``</`` cannot end it.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Final

_FOLDER: Final = files("tools.desk") / "page"


@dataclass(frozen=True, slots=True)
class Page:
    """``styles`` and ``scripts`` are texts; ``body`` is HTML; ``data`` goes to the script.

    ``connects``: the page may talk to the server that it came from.
    """

    title: str
    styles: Sequence[str]
    scripts: Sequence[str]
    body: str
    data: object = None
    connects: bool = False


def asset(name: str) -> str:
    """A style or a script of ours."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def policy(page: Page) -> str:
    """What the browser may do with the page."""
    connect = "connect-src 'self'; " if page.connects else ""
    return (
        f"default-src 'none'; script-src '{_hash(_script(page))}'; "
        f"style-src '{_hash(_style(page))}'; {connect}base-uri 'none'; form-action 'none'"
    )


def render(page: Page) -> str:
    """The HTML document."""
    data = ""
    if page.data is not None:
        shown = json.dumps(page.data, ensure_ascii=False, separators=(",", ":"))
        data = f'<script type="application/json" id="data">{_harmless(shown)}</script>\n'
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy(page)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(page.title)}</title>\n<style>{_style(page)}</style>\n</head>\n<body>\n"
        f"{page.body}\n{data}<script>{_script(page)}</script>\n</body>\n</html>\n"
    )


def _harmless(text: str) -> str:
    """JSON that cannot end its block, nor begin a comment in it."""
    return text.replace("<", "\\u003c")


def _style(page: Page) -> str:
    return "\n".join(dict.fromkeys(page.styles))


def _script(page: Page) -> str:
    return "\n".join(page.scripts)


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
