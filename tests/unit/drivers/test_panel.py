"""The panel on a terminal of 80 x 24."""

import asyncio
import io

from rich.console import Console
from rich.text import Text

from drivers.panel import Panel, Screen, draw

SNAPSHOT = {
    "time": "2026-01-01T12:00:00.000Z",
    "link": "online",
    "registration": "Accepted",
    "queue": 3,
    "statuses": {"0": "Available", "1": "Charging"},
    "connectors": {
        "1": {
            "pilot": "C",
            "contactor": {"command": "closed", "feedback": "closed"},
            "register_wh": 1234,
            "power_w": 3600,
        }
    },
    "machines": {
        "connector.1": ["transaction", "offering", "charging"],
        "contactor.1": ["closed"],
        "transaction.1": ["open"],
        "authorization.1": ["idle"],
        "charge_point.0": ["operating"],
        "health.0": ["healthy"],
        "health.1": ["healthy"],
        "link.0": ["online"],
    },
}


def printed(snapshot: dict[str, object], lines: list[str]) -> list[str]:
    console = Console(file=io.StringIO(), width=80, height=24)
    console.print(draw(snapshot, lines))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_everything_fits_on_the_terminal() -> None:
    rows = printed(SNAPSHOT, [f'<- [2,"{n}","Heartbeat",{{}}]' + "x" * 100 for n in range(8)])
    assert len(rows) <= 24
    assert all(len(row) <= 80 for row in rows)
    text = "\n".join(rows)
    for part in ("Charging", "transaction > offering > charging", "3600 W", "1234 Wh", "queue 3"):
        assert part in text
    assert '[2,"7"' in text


def test_rows_without_data_are_left_out() -> None:
    text = "\n".join(printed({"link": "online"}, []))
    assert "online" in text
    assert "outlet" not in text
    assert "link" not in "\n".join(printed({}, []))


def test_a_bar_tells_of_a_transfer_while_one_runs() -> None:
    mib = 1024 * 1024
    half = {"kind": "download", "done": 4 * mib, "total": 8 * mib}
    rows = printed({**SNAPSHOT, "transfer": half}, ["message"])
    (row,) = [row.strip("│ ") for row in rows if "download" in row]
    assert row.split("━")[0].strip() == "download"
    assert row.endswith("50%  4.0 of 8.0 MiB")
    unknown = {"kind": "upload", "done": mib, "total": None}
    assert "1.0 MiB" in "\n".join(printed({**SNAPSHOT, "transfer": unknown}, []))
    assert "load" not in "\n".join(printed({**SNAPSHOT, "transfer": None}, []))


def test_own_rows_and_a_bar_have_their_places() -> None:
    console = Console(file=io.StringIO(), width=80, height=30)
    rows, lines = [("hands", Text("empty"))], [Text("older"), Text("newest")]
    console.print(draw(SNAPSHOT, lines, rows, Text("q quit"), height=30))
    assert isinstance(console.file, io.StringIO)
    shown = [row.strip("│ ") for row in console.file.getvalue().splitlines()]
    assert len(shown) == 30
    assert shown[-6:-1] == ["", "older", "newest", "", "q quit"]
    health = next(number for number, row in enumerate(shown) if row.startswith("health.1"))
    assert shown[health + 1].split() == ["hands", "empty"]


def test_a_terminal_without_room_loses_messages_only() -> None:
    frame = draw(SNAPSHOT, ["message"], bar=Text("q quit"), height=16)
    console = Console(file=io.StringIO(), width=80, height=16)
    console.print(frame)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "q quit" in text
    assert "health.1" in text
    assert "message" not in text


def test_draws_only_what_has_changed() -> None:
    output = io.StringIO()
    with Screen(Console(file=output, force_terminal=True, width=80, height=24)) as screen:
        screen.show(SNAPSHOT, ["one"])
        length = len(output.getvalue())
        screen.show({**SNAPSHOT, "time": "2026-01-01T12:00:00.999Z"}, ["one"])
        assert len(output.getvalue()) == length
        screen.show(SNAPSHOT, ["one", "two"])
        assert "two" in output.getvalue()[length:]


def test_refreshes_while_it_runs() -> None:
    drawn: list[int] = []

    def snapshot() -> dict[str, object]:
        drawn.append(1)
        return SNAPSHOT

    async def play() -> str:
        output = io.StringIO()
        panel = Panel(snapshot, ["<- hello"], Console(file=output, force_terminal=True, width=80))
        await panel.start()
        await asyncio.sleep(0.02)
        await panel.stop()
        return output.getvalue()

    assert "<- hello" in asyncio.run(play())
    assert drawn
