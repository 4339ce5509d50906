"""Relay and control pilot of the board as ports, and the ports of one board together.

Theory of operation: both listen to the looks of one ``Board`` and post what has changed. The pilot
is told first and posts the errors: what ends charging comes before the contact that falls because
of it. What the ports mean is in the docstring of the package.
"""

import asyncio
from pathlib import Path
from typing import Final

from cp.vocabulary.errors import Finding, SettingsError
from cp.vocabulary.events import FeedbackClosed, FeedbackOpened
from cp.vocabulary.lean import dataclass
from cp.vocabulary.ports import Post
from cp.vocabulary.vital import Vital
from drivers.device_faults import DeviceError
from drivers.openevse.board import Board
from drivers.openevse.config import OpenEvseConfig
from drivers.openevse.line import Line
from drivers.openevse.meter import OpenEvseMeter
from drivers.openevse.sight import FAULTS, OUTLET, Sight, sight_of, stand
from drivers.pilot.steps import Standing, steps
from drivers.probe import Probe

_PILOT_RANK, _CONTACTOR_RANK = 0, 1
_LEAST_A, _MOST_A = 6, 80
_REGISTER_FILE: Final = "openevse.json"


class OpenEvsePilot:
    """``ports.Pilot``, and the errors of the board."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._post: Post | None = None
        self._standing = Standing()

    async def start(self, post: Post) -> None:
        """Post an EV that is there, and errors; a board that does not answer is one of them."""
        self._post = post
        await self._board.join(_PILOT_RANK, self._look)

    async def stop(self) -> None:
        """Put the board to sleep, tell nobody any more."""
        self._post = None
        self._board.withdraw()
        await self._board.leave(_PILOT_RANK)

    def offer(self, current_a: int) -> None:
        """Wake the board with this current; raises ValueError outside 6 to 80 A.

        A board that may give less offers less.
        """
        if not _LEAST_A <= current_a <= _MOST_A:
            raise ValueError(f"{current_a} A cannot be offered: {_LEAST_A} to {_MOST_A} A")
        self._board.offer(current_a)

    def withdraw(self) -> None:
        """Put the board to sleep."""
        self._board.withdraw()

    def _look(self, sight: Sight | None) -> None:
        if self._post is None:
            return
        before = self._standing
        self._standing = stand(sight, before, is_offering=self._board.is_offering)
        for event in steps(before, self._standing):
            self._post(event)


class OpenEvseContactor:
    """``ports.Contactor``."""

    def __init__(self, config: OpenEvseConfig, board: Board) -> None:
        self._config = config
        self._board = board
        self._post: Post | None = None
        self._is_told_closed = False

    async def start(self, post: Post) -> None:
        """Put the board to sleep, and post a relay that is stuck."""
        self._post = post
        await self._board.join(_CONTACTOR_RANK, self._look)

    async def stop(self) -> None:
        """Drop the relay and put the board to sleep, tell nobody any more."""
        self._post = None
        self._board.open_relay()
        self._board.withdraw()
        await self._board.leave(_CONTACTOR_RANK)

    def open(self) -> None:
        """Drop the relay now."""
        self._board.open_relay()

    def close(self) -> None:
        """Let the relay be closed: the board closes it while the EV asks for what is offered."""
        self._board.close_relay()

    def renew(self) -> None:
        """Renew the hold."""
        self._board.renew()

    def vital(self) -> Vital:
        """The thread of the board."""
        return self._board.vital()

    async def probe(self) -> Probe:
        """Ask the board what it is and how it is; nothing is ordered. For a station at rest."""
        return await asyncio.to_thread(self._probe)

    def _probe(self) -> Probe:
        what = f"OpenEVSE board at {self._config.device}"
        line = Line(self._config)
        try:
            line.open()
            version = line.ask("GV").words[:1]
            sight = sight_of(line.ask("GS").words)
            trips = [int(count, 16) for count in line.ask("GF").words]
        except DeviceError as error:
            return Probe(what, False, error.trouble.saw, error.trouble.mend)
        except ValueError:
            return Probe(what, False, "its fault counters are no numbers", "update its firmware")
        finally:
            line.dispose()
        saw = f"firmware {' '.join(version)}, state {sight.state:02X}, trips {trips}"
        if sight.is_fault:
            name = FAULTS[sight.state].vendor_error_code if sight.state in FAULTS else "fault"
            return Probe(what, False, f"{saw}: {name}", "see the display and manual of the board")
        return Probe(what, True, saw)

    def _look(self, sight: Sight | None) -> None:
        """A board that does not answer says nothing of its relay, and so do we."""
        if self._post is None or sight is None:
            return
        has_consent = self._board.is_close_ordered or self._is_told_closed
        is_closed = sight.is_welded or (sight.is_relay_on and has_consent)
        if is_closed != self._is_told_closed:
            self._is_told_closed = is_closed
            self._post(FeedbackClosed(OUTLET) if is_closed else FeedbackOpened(OUTLET))


@dataclass(frozen=True, slots=True)
class OpenEvsePorts:
    """The ports of one board; each is started and stopped for itself."""

    contactor: OpenEvseContactor
    pilot: OpenEvsePilot
    meter: OpenEvseMeter


def openevse_ports(config: OpenEvseConfig, folder: Path) -> OpenEvsePorts:
    """The ports of the board; ``folder`` keeps its register. Raises SettingsError."""
    findings = tuple(Finding("openevse", 0, message) for message in config.mistakes())
    if findings:
        raise SettingsError(findings)
    board = Board(config)
    meter = OpenEvseMeter(config, board, folder / _REGISTER_FILE)
    return OpenEvsePorts(OpenEvseContactor(config, board), OpenEvsePilot(board), meter)
