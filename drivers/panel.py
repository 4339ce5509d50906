"""The panel: what the station does, on a terminal of 80 x 24 characters, also over ssh.

Theory of operation: a snapshot, a mapping of JSON values, is drawn as plain text with a few
colors. Facts stand at the top, messages grow from the bottom, so that nothing jumps; nothing is
drawn while nothing has changed. Rows whose data is missing are left out, so that the panel works
with every driver set. This module imports ``rich`` and is imported only when the output is a
terminal.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel as Frame
from rich.table import Table
from rich.text import Text

_REFRESH_S: Final = 0.5
_MOST_MESSAGES: Final = 8
_LINES: Final = 24
_BAR_WIDTH: Final = 24
_NAME_WIDTH: Final = len("authorization.1")
_TIME_LENGTH: Final = len("2026-01-01T12:00:00")
_STYLES: Final[Mapping[str, str]] = {
    "Charging": "bold green",
    "Available": "green",
    "Faulted": "bold red",
    "Unavailable": "yellow",
    "online": "green",
    "Accepted": "green",
    "Rejected": "bold red",
}

Line = str | Text
Row = tuple[str, Text]
"""A name and what is to be said about it."""


class Screen:
    """The whole terminal, from ``__enter__`` to ``__exit__``."""

    def __init__(self, console: Console | None = None) -> None:
        self._live = Live(console=console, auto_refresh=False, screen=True)
        self._shown: object = None

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):  # the terminal may be gone
            self._live.stop()

    def show(
        self,
        snapshot: Mapping[str, object],
        lines: Iterable[Line],
        rows: Sequence[Row] = (),
        bar: Text | None = None,
    ) -> None:
        """Draw, when this is not what the terminal shows already; arguments as of ``draw``."""
        size = self._live.console.size
        facts = {**snapshot, "time": _seconds(snapshot)}
        seen = (facts, list(lines), list(rows), bar, size)
        if seen != self._shown:
            self._shown = seen
            self._live.update(draw(facts, seen[1], rows, bar, size.height), refresh=True)


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
        self._screen = Screen(console)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take the screen."""
        self._screen.__enter__()
        self._task = asyncio.create_task(self._refresh_forever())

    async def stop(self) -> None:
        """Give the screen back."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._screen.__exit__(None, None, None)

    async def _refresh_forever(self) -> None:
        while True:
            self._screen.show(self._snapshot(), self._lines)
            await asyncio.sleep(_REFRESH_S)


def draw(
    snapshot: Mapping[str, object],
    lines: Sequence[Line],
    rows: Sequence[Row] = (),
    bar: Text | None = None,
    height: int = _LINES,
) -> Frame:
    """The panel as a rich renderable of ``height`` lines.

    ``rows`` come below those of the snapshot, ``bar`` is the last line; of ``lines`` the newest,
    which are the last, are shown.
    """
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True, min_width=_NAME_WIDTH)
    table.add_column(no_wrap=True, overflow="ellipsis")
    all_rows = [*_rows(snapshot), *rows]
    for name, text in all_rows:
        table.add_row(name, text)
    foot = [] if bar is None else [Text(), bar]
    room = max(0, height - 2 - len(all_rows) - 1 - len(foot))
    messages = [_message(line) for line in lines[-_MOST_MESSAGES:]][-room:] if room else []
    gap = [Text()] * (1 + room - len(messages))
    title = Text.assemble(("Statecharge", "bold"), f" {_seconds(snapshot)}".rstrip())
    return Frame(Group(table, *gap, *messages, *foot), title=title, height=height)


def _message(line: Line) -> Text:
    text = Text(line, style="dim") if isinstance(line, str) else line.copy()
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def _seconds(snapshot: Mapping[str, object]) -> str:
    """The time to the second: a frame that differs by milliseconds alone is not worth drawing."""
    time = snapshot.get("time")
    return time[:_TIME_LENGTH] if isinstance(time, str) else ""


def _rows(snapshot: Mapping[str, object]) -> list[Row]:
    rows = []
    if "link" in snapshot:
        rows.append(("link", _link(snapshot)))
    for connector, status in _items(snapshot.get("statuses")):
        rows.append((f"connector {connector}", _word(status)))
    for connector, outlet in _items(snapshot.get("connectors")):
        if isinstance(outlet, Mapping):
            rows.append((f"outlet {connector}", _outlet(outlet)))
    machines = _items(snapshot.get("machines"))
    for shown in _SHOWN_MACHINES:
        for machine, active in machines:
            if machine.partition(".")[0] == shown and isinstance(active, Sequence):
                rows.append((machine, Text(" > ".join(map(str, active)))))
    if isinstance(transfer := snapshot.get("transfer"), Mapping):
        rows.append((str(transfer["kind"]), _transfer(transfer)))
    return rows


# In this order: what a person in front of the station asks about.
_SHOWN_MACHINES: Final = (
    "connector",
    "transaction",
    "authorization",
    "contactor",
    "charge_point",
    "health",
)


def _link(snapshot: Mapping[str, object]) -> Text:
    return Text.assemble(
        _word(snapshot["link"]),
        "  registration ",
        _word(snapshot.get("registration") or "-"),
        f"  queue {snapshot.get('queue', '-')}",
    )


def _outlet(outlet: Mapping[str, object]) -> Text:
    contactor = outlet.get("contactor")
    feedback = contactor.get("feedback", "-") if isinstance(contactor, Mapping) else "-"
    return Text(
        f"pilot {outlet.get('pilot', '-')}  contactor {feedback}"
        f"  {outlet.get('power_w', '-')} W  {outlet.get('register_wh', '-')} Wh"
    )


def _transfer(transfer: Mapping[str, object]) -> Text:
    """A bar, as long as it is known how much there is."""
    done, total = transfer["done"], transfer["total"]
    if not isinstance(done, int) or not isinstance(total, int) or total < 1:
        return Text(f"{_mib(done)} MiB")
    share = min(1.0, done / total)
    full = round(share * _BAR_WIDTH)
    return Text.assemble(
        ("\u2501" * full, "green"),
        ("\u2501" * (_BAR_WIDTH - full), "dim"),
        f"  {share:4.0%}  {_mib(done)} of {_mib(total)} MiB",
    )


def _mib(size: object) -> str:
    return f"{size / 1024 / 1024:.1f}" if isinstance(size, int) else "-"


def _word(value: object) -> Text:
    return Text(str(value), style=_STYLES.get(str(value), ""))


def _items(value: object) -> list[tuple[str, object]]:
    """Of a mapping, sorted by key; of anything else none."""
    if not isinstance(value, Mapping):
        return []
    return sorted(((str(key), item) for key, item in value.items()), key=lambda pair: pair[0])
