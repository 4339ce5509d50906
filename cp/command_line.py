"""The command line of ``statecharge``: words in, one frozen record out.

Theory of operation: ``parse`` only reads; ``cp.__main__`` acts on what it returns. The form that
a service manager starts, ``run FILE`` with plain flags, is read without argparse, whose import
and set-up cost 13 ms before BootNotification; everything else, mistakes and ``--help`` included,
goes through argparse. The tools that work on charts read their own words: a ``ToolArguments``
names the module, whose ``main(words) -> int`` is imported when it is needed.
"""

import sys
from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NoReturn

from cp.vocabulary.errors import Finding, SettingsError
from cp.vocabulary.lean import dataclass

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


@dataclass(frozen=True, slots=True)
class RunArguments:
    """``statecharge run``: the station itself; ``charts_dir`` None: the charts of this release."""

    station_file: str
    is_check: bool = False
    is_respawning: bool = False
    has_panel: bool = True
    charts_dir: str | None = None


@dataclass(frozen=True, slots=True)
class CsmsArguments:
    """``statecharge csms``: the small central system; port 0 lets the system choose.

    ``files_dir``  a folder that is served by HTTP on the next port; None: none is.
    """

    host: str = "127.0.0.1"
    port: int = 9000
    script_file: str | None = None
    files_dir: str | None = None


@dataclass(frozen=True, slots=True)
class DemoArguments:
    """``statecharge demo``: one charge from plug to unplug."""


@dataclass(frozen=True, slots=True)
class ToolArguments:
    """``statecharge charts NAME ...``, ``statecharge demo --interactive``: ``module.main(words)``
    returns the exit code."""

    module: str
    words: tuple[str, ...]


Arguments = RunArguments | CsmsArguments | DemoArguments | ToolArguments

CHART_TOOLS: Final = MappingProxyType(
    {
        "check": ("tools.check", "find every mistake in the charts and routes, with file and line"),
        "export": ("tools.export_svg", "draw every chart as SVG"),
        "matrix": ("tools.matrix", "state by event table of every chart"),
        "explore": ("tools.explore", "visit every reachable combination of states, look for harm"),
        "coverage": ("tools.coverage", "which transitions and guards the scenarios went through"),
        "diff": ("tools.desk.diff", "what two versions of the charts do differently"),
        "trace": ("tools.desk.trace", "from a requirement to charts and scenarios, and back"),
        "report": ("tools.desk.report", "everything about the charts in one HTML file"),
    }
)
"""Subcommands of ``statecharge charts``: the module behind each, and one line of help."""

TOOLS: Final = MappingProxyType(
    {
        "doctor": ("tools.doctor", "look at every device, the link, the clock and the service"),
        "install": ("tools.service.install", "set a station up as a service of systemd"),
        "release": ("tools.service.release", "open the contactor of a station that ended"),
        "certificate": ("tools.certificate", "the certificate, row by row, with its evidence"),
        "firmware": ("tools.firmware", "make and check images for firmware updates"),
        "replay": ("tools.desk.replay", "a device's transcript beside today's charts"),
        "watch": ("tools.live.watch", "a running station in the browser"),
    }
)
"""Commands that read their own words: the module behind each, and one line of help."""

COMMANDS: Final = ("run", "csms", "demo", "charts", *TOOLS)

_LAST_PORT: Final = 65535

_RUN_FLAGS: Final = ("--check", "--respawn", "--no-panel")
_OPTIONS: Final = (
    *_RUN_FLAGS,
    *(
        "--charts",
        "--host",
        "--port",
        "--script",
        "--files",
        "--interactive",
        "--version",
        "--help",
    ),
)


def parse(words: Sequence[str]) -> Arguments:
    """What the command line asks for; ``words`` without the program's name.

    Raises ``SettingsError`` with one finding for a mistake, ``SystemExit(0)`` after ``--help`` or
    ``--version``.
    """
    return _parse_plain_run(words) or _parse_tool(words) or _parse_all(words)


def _parse_plain_run(words: Sequence[str]) -> RunArguments | None:
    flags = {word for word in words[1:] if word.startswith("-")}
    files = [word for word in words[1:] if not word.startswith("-")]
    if not words or words[0] != "run" or len(files) != 1 or not flags <= {*_RUN_FLAGS}:
        return None
    return RunArguments(
        files[0], "--check" in flags, "--respawn" in flags, "--no-panel" not in flags
    )


def _parse_tool(words: Sequence[str]) -> ToolArguments | None:
    """A tool's own words, ``--help`` among them, are the tool's business."""
    if words and words[0] in TOOLS:
        return ToolArguments(TOOLS[words[0]][0], tuple(words[1:]))
    if len(words) < 2 or words[0] != "charts" or words[1] not in CHART_TOOLS:
        return None
    return ToolArguments(CHART_TOOLS[words[1]][0], tuple(words[2:]))


def _parse_all(words: Sequence[str]) -> Arguments:
    values = _parser().parse_args(list(words))
    if values.version:
        _show_version()
    if values.command is None:
        raise SettingsError((Finding("statecharge", 0, "a command is missing; see --help"),))
    return _arguments(values)


def _arguments(values: "Namespace") -> Arguments:
    match values.command:
        case "run":
            return RunArguments(
                values.station_file,
                values.check,
                values.respawn,
                not values.no_panel,
                values.charts,
            )
        case "csms":
            return CsmsArguments(values.host, values.port, values.script, values.files)
        case "demo":
            interactive = ToolArguments("tools.net.interactive", ())
            return interactive if values.interactive else DemoArguments()
        case _:
            return ToolArguments(CHART_TOOLS[values.tool][0], ())


def _parser() -> "ArgumentParser":
    parser = _parser_class()(
        prog="statecharge",
        description="Controller of an OCPP 1.6J charging station whose behavior is statecharts.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_run(commands.add_parser("run", help="run a charging station", allow_abbrev=False))
    _add_csms(commands.add_parser("csms", help="run a small central system", allow_abbrev=False))
    demo = commands.add_parser(
        "demo", help="play one charge from plug to unplug on this machine", allow_abbrev=False
    )
    demo.add_argument(
        "--interactive", action="store_true", help="you plug, swipe and cut the power, with keys"
    )
    for name, (_, help_text) in TOOLS.items():
        commands.add_parser(name, help=help_text)
    charts = commands.add_parser("charts", help="check, draw and explore the charts")
    tools = charts.add_subparsers(dest="tool", metavar="TOOL", required=True)
    for name, (_, help_text) in CHART_TOOLS.items():
        tools.add_parser(name, help=help_text)
    return parser


def _parser_class() -> "type[ArgumentParser]":
    import argparse

    class Parser(argparse.ArgumentParser):
        """One sentence instead of a page of usage."""

        def error(self, message: str) -> NoReturn:
            raise SettingsError((Finding(self.prog, 0, _one_sentence(message)),))

    return Parser


def _add_run(parser: "ArgumentParser") -> None:
    parser.description = "Run the charging station that a station file describes."
    parser.add_argument("station_file", metavar="STATION.toml", help="the station file")
    parser.add_argument(
        "--check", action="store_true", help="only check the station file and charts, then end"
    )
    parser.add_argument(
        "--respawn", action="store_true", help="restart in place where no service manager does"
    )
    parser.add_argument(
        "--no-panel", action="store_true", help="plain lines instead of the live view"
    )
    parser.add_argument("--charts", metavar="DIR", help="run the charts of this folder instead")


def _add_csms(parser: "ArgumentParser") -> None:
    parser.description = (
        "Run a small central system: it accepts every station, shows every message and takes "
        "commands at its prompt (try: help) or from a script."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=_port, default=9000, help="port to listen on (%(default)s)")
    parser.add_argument("--script", metavar="FILE", help="play this script; exit 1 if it fails")
    parser.add_argument(
        "--files",
        metavar="FOLDER",
        help="serve this folder by HTTP on the next port; uploads go into FOLDER/uploads",
    )


def _port(word: str) -> int:
    """A TCP port; 0: the system chooses."""
    from argparse import ArgumentTypeError

    if not word.isascii() or not word.isdigit() or int(word) > _LAST_PORT:
        raise ArgumentTypeError(f"{word!r} is no port: 0 to {_LAST_PORT}")
    return int(word)


def _one_sentence(message: str) -> str:
    """Argparse's message; where it quotes an unknown word, that word and the nearest known one."""
    import difflib
    import re

    unknown = re.search(r"invalid choice: '([^']*)'|unrecognized arguments: (\S+)", message)
    if unknown is None:
        return message
    word = unknown[1] or unknown[2]
    nearest = difflib.get_close_matches(word, (*COMMANDS, *CHART_TOOLS, *_OPTIONS), 1)
    hint = f"did you mean {nearest[0]}?" if nearest not in ([], [word]) else "see --help"
    return f"unknown {word!r}; {hint}"


def _show_version() -> NoReturn:
    from importlib.metadata import version

    sys.stdout.write(f"statecharge {version('statecharge')}\n")
    raise SystemExit(0)
