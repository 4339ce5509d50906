"""``statecharge watch STATION.toml | HOST:PORT``: a running station in the browser.

With the station file of a bench, or the address of its interface, cars, cards, faults, network and
power can be commanded in the page; any other station is only looked at. The page is served on the
loopback address.
"""

import errno
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cp.reading import load_settings
from cp.vocabulary.words import ChargePointErrorCode
from drivers.bench.world import ContactorMode
from tools.chart_files import CHARTS, read_files
from tools.desk.moments import charts_json
from tools.desk.pages import asset
from tools.desk.player import Player, drawings, player_page, player_policy
from tools.live.feed import Feed
from tools.live.server import LOOPBACK, Server
from tools.live.sources import BenchSource, FileSource, Source

DEFAULT_PORT: Final = 8016
_BENCH: Final = "bench"


def main(words: Sequence[str]) -> int:
    """Exit code 0 after Ctrl-C, 2 for wrong words or a port in use. Raises SettingsError."""
    arguments = _parser().parse_args(words)
    found = find_source(arguments.station)
    if found is None:
        print(f"{arguments.station} is neither a station file nor HOST:PORT", file=sys.stderr)
        return 2
    name, source = found
    try:
        server = make_server(name, source, arguments.port, Path(arguments.charts or CHARTS))
    except OSError as error:
        is_taken = error.errno == errno.EADDRINUSE
        why = "is in use: name another one with --port" if is_taken else f"fails: {error.strerror}"
        print(f"port {arguments.port} of {LOOPBACK} {why}", file=sys.stderr)
        return 2
    print(f"{name}: http://{LOOPBACK}:{server.port}/ (Ctrl-C ends)", flush=True)
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        return 0
    finally:
        server.feed.close()
        server.server_close()
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser("statecharge watch", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("station", metavar="STATION", help="station file, or HOST:PORT of a bench")
    parser.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help="of the page (%(default)s)"
    )
    parser.add_argument("--charts", metavar="DIR", help="the charts that the station runs")
    return parser


def _port(text: str) -> int:
    """0: the system chooses."""
    if not (text.isdecimal() and int(text) < 65536):
        raise ArgumentTypeError(f"{text!r} is no port: 0 to 65535")
    return int(text)


def find_source(station: str) -> tuple[str, Source] | None:
    """Name and source of a station; None when the word names none. Raises SettingsError.

    Commands are for a station whose outlet is the bench alone: beside real devices nobody plays.
    """
    host, colon, port = station.rpartition(":")
    if colon and port.isdigit() and 0 < int(port) < 65536 and not station.endswith(".toml"):
        return station, BenchSource(host.strip("[]") or LOOPBACK, int(port))
    if not station.endswith(".toml"):
        return None
    settings = load_settings(station)
    devices = [kind for port, kind in settings.drivers.items() if port != "restarter"]
    if _BENCH in devices and settings.bench.port:
        host, number = settings.bench.host, settings.bench.port
        return settings.station_id, BenchSource(host, number, can_drive={*devices} == {_BENCH})
    return settings.station_id, FileSource(Path(settings.storage_dir))


def make_server(name: str, source: Source, port: int, charts: Path = CHARTS) -> Server:
    """A server whose feed runs. Raises OSError."""
    files = read_files(charts)
    documents = {item.name: item for item in files.documents}
    routes = files.routes
    drive = source.drive if isinstance(source, BenchSource) and source.can_drive else None
    player = Player(
        title=name,
        told="live" if drive else "live, read-only",
        data={
            "machines": list(routes.machines) if routes else [],
            "charts": charts_json(documents),
            "start": {},
            "turns": [],
            "places": [],
            "live": True,
        },
        below=_bench() if drive else "",
        scripts=(asset("live.js"),),
        connects=True,
    )
    order = routes.connectors if routes else documents
    pictures = drawings((documents[key] for key in order if key in documents), charts)
    feed = Feed(source)
    server = Server(
        port, player_page(player, pictures), player_policy(player, pictures), feed, drive
    )
    feed.start()
    return server


# ---- the bench's buttons -------------------------------------------------------------------------


def _bench() -> str:
    """A group of buttons for each thing that hands can do; ``data-do`` is the command."""
    codes = [code for code in ChargePointErrorCode if code is not ChargePointErrorCode.NO_ERROR]
    faults = f'<select id="code">{_options(map(str, codes), "GroundFailure")}</select>'
    modes = f'<select id="contactor-mode">{_options(map(str, ContactorMode), "normal")}</select>'
    groups = {
        "car": _button("plug in", '{"cmd":"plug_in"}')
        + _button("unplug", '{"cmd":"plug_out"}')
        + _button("asks for energy", '{"cmd":"ev_ready","on":true}')
        + _button("pauses", '{"cmd":"ev_ready","on":false}')
        + '<input id="watts" size="6" value="7360" aria-label="watts">'
        + _button("W", '{"cmd":"set_power","watts":"#watts"}'),
        "card": '<input id="token" size="12" value="04A1B2C3D4" maxlength="20" aria-label="id tag">'
        + _button("present", '{"cmd":"swipe","token":"#token"}'),
        "fault": faults
        + _button("raise", '{"cmd":"fault","connector":1,"code":"#code"}')
        + _button("clear", '{"cmd":"clear_fault","connector":1,"code":"#code"}')
        + _button("emergency stop", '{"cmd":"emergency_stop","on":true}')
        + _button("release", '{"cmd":"emergency_stop","on":false}'),
        "contactor": modes + _button("set", '{"cmd":"contactor","mode":"#contactor-mode"}'),
        "network": _button("down", '{"cmd":"link","up":false}')
        + _button("up", '{"cmd":"link","up":true}'),
        "power": '<button id="power-cut">cut the power</button>',
    }
    sets = (
        f"<fieldset><legend>{name}</legend>{inside}</fieldset>" for name, inside in groups.items()
    )
    return f'<div id="bench">{"".join(sets)}</div><div id="said" role="status"></div>'


def _button(label: str, command: str) -> str:
    return f"<button data-do='{command}'>{label}</button>"


def _options(words: "map[str]", chosen: str) -> str:
    return "".join(
        f"<option{' selected' if word == chosen else ''}>{word}</option>" for word in words
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
