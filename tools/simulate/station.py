"""The station: one life after the other of the real daemon, on hardware that stays.

Theory of operation: a life is a loop of its own with daemon, controller, link and devices. It ends
by itself and the service manager starts the next one, or it is cut: its loop never runs again, its
coroutines are closed without effect, its connections vanish with the power or are reset with the
process.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from cp.controller import Controller
from cp.daemon import Clocks, Daemon
from cp.house import House
from cp.vocabulary.errors import StatechargeError
from cp.vocabulary.instants import Stamp
from cp.vocabulary.keys import KeyValues
from cp.vocabulary.ports import DriverSet
from tools.scenario_house import NOON_S
from tools.simulate.chance import Chance
from tools.simulate.checks import Checks, WatchedController
from tools.simulate.clock import VirtualTime, bury
from tools.simulate.devices import (
    Board,
    Device,
    SimulatedContactor,
    SimulatedLamp,
    SimulatedMeter,
    SimulatedPilot,
    SimulatedReader,
    SimulatedRestarter,
)
from tools.simulate.disk import Disk, SimulatedStorage
from tools.simulate.frames import WatchedLink
from tools.simulate.jobs import SimulatedInstaller, SimulatedTransfer, Workshop
from tools.simulate.ledger import Ledger
from tools.simulate.network import NetLoop, Network
from tools.simulate.outlet import MOVING_S
from tools.simulate.record import LifeTranscript, Record

_NOTICED_S: Final = 0.005
_STARTED_S: Final = 2.0
_MISTAKE: Final = 2


@dataclass(slots=True)
class Site:
    """What stays when the power goes, and what the station is made of.

    ``wall_off_s``  what the wall clock is off by; None: it shows 1970 when power comes on.
    ``work_s``      how long a commit takes, lowest and highest.
    ``last_end``    how the last life ended; ``started_s``: when the present one began.
    """

    time: VirtualTime
    chance: Chance
    record: Record
    ledger: Ledger
    board: Board
    disk: Disk
    shop: Workshop
    network: Network
    checks: Checks
    house: House
    factory: KeyValues
    wall_off_s: float | None = 0.0
    work_s: tuple[float, float] = (0.0005, 0.008)
    last_end: str = ""
    started_s: float = 0.0


class Life:
    """One process, from its start to its end."""

    def __init__(self, site: Site, power_on_s: float) -> None:
        self._site = site
        self._power_on_s = power_on_s
        self.loop = NetLoop(site.time, lambda: site.chance.uniform(*site.work_s))
        self.loop.network, self.loop.is_station = site.network, True
        self.storage = SimulatedStorage(site.disk)
        board, checks = site.board, site.checks
        self.contactor = SimulatedContactor(board, checks.close_contactor)
        self.pilot = SimulatedPilot(board)
        self.meter = SimulatedMeter(board, self.loop)
        self.reader = SimulatedReader(board)
        self.transfer = SimulatedTransfer(board, site.shop, self.loop)
        self.controller: Controller = WatchedController(site.house, site.factory, checks)
        drivers = DriverSet(
            link=WatchedLink(site.time, site.disk, site.checks),
            contactor=self.contactor,
            pilot=self.pilot,
            meter=self.meter,
            card_reader=self.reader,
            lamp=SimulatedLamp(board),
            restarter=SimulatedRestarter(board),
            transfer=self.transfer,
            installer=SimulatedInstaller(board, site.shop, self.loop),
            storage=self.storage,
            transcript=LifeTranscript(site.record, self._stamp),
        )
        clocks = Clocks(self._monotonic_s, self._wall_s, site.chance.random)
        self.daemon = Daemon(self.controller, drivers, clocks, str, self._note)
        self._is_noticing = False
        self.task = self.loop.create_task(self._serve())

    # ---- clocks and lines ------------------------------------------------------------------------

    def _monotonic_s(self) -> float:
        return self._site.time.now_s - self._power_on_s

    def _wall_s(self) -> float:
        off_s = self._site.wall_off_s
        return self._monotonic_s() if off_s is None else NOON_S + self._site.time.now_s + off_s

    def _stamp(self) -> Stamp:
        now_s = self._monotonic_s()
        return Stamp(self.controller.boot, now_s, self.controller.utc_s(now_s))

    def _note(self, line: str) -> None:
        self._site.record.tell(self._site.time.now_s, f"note: {line}")

    # ---- the process -----------------------------------------------------------------------------

    async def _serve(self) -> int:
        """As ``cp.wiring`` does."""
        await self.daemon.open()
        try:
            return await self.daemon.run()
        finally:
            await self.daemon.close()

    def exit_code(self) -> int:
        """Of a process that has ended. An error that is not for a person is a finding."""
        error = self.task.exception()
        if error is None:
            return self.task.result()
        if not isinstance(error, StatechargeError):
            self._site.checks.find(f"the process died of {error!r}")
        self._note(f"the process ends: {error}")
        return _MISTAKE

    def notice_soon(self) -> None:
        """Hardware has changed."""
        if not self._is_noticing:
            self._is_noticing = True
            self.loop.call_from_outside(_NOTICED_S, self._notice)

    def _notice(self) -> None:
        self._is_noticing = False
        devices: tuple[Device, ...] = (self.contactor, self.pilot, self.meter)
        for device in devices:
            device.notice()
        self.transfer.look()

    def bury(self) -> None:
        """Close what never ran to its end; the loop is gone for good."""
        self.storage.lose_power()
        # Turns of the last quarter second are not written yet: they are what a reader looks for.
        self.daemon._scribe.close()
        bury(self.loop)


@dataclass(slots=True)
class Station:
    """Power, and the service manager. ``outage_s``: when the power comes back after a cut."""

    site: Site
    world: NetLoop
    life: Life | None = None
    has_power: bool = False
    outage_s: float = 10.0
    _power_on_s: float = 0.0
    _is_killed: bool = field(default=False)

    def __post_init__(self) -> None:
        self.site.board.outlet.on_change = self._hardware_changed

    # ---- power -----------------------------------------------------------------------------------

    def power_on(self) -> None:
        """Power comes back; the process starts a moment later."""
        if not self.has_power:
            self.has_power = True
            self._power_on_s = self.site.time.now_s
            self.site.record.tell(self.site.time.now_s, "power on")
            self.world.call_later(self.site.chance.span_s(_STARTED_S), self._start)

    def cut_soon(self, calls: int, outage_s: float, *, is_killed: bool) -> None:
        """The power goes, or the process is killed, in the middle of what it does next."""
        self.outage_s, self._is_killed = outage_s, is_killed
        if self.life is not None:
            self.life.loop.cut_after(calls)

    def was_cut(self) -> None:
        """The loop of the present life has cut itself off."""
        self.world.call_from_outside(0.0, self._after_cut)
        life, site = self.life, self.site
        assert life is not None
        self.life = None
        site.last_end = "killed" if self._is_killed else "power cut"
        site.record.tell(site.time.now_s, site.last_end)
        site.record.counts["kills" if self._is_killed else "power cuts"] += 1
        site.network.cut_off(is_told=self._is_killed)
        site.board.outlet.release()
        site.board.outlet.offer(0)
        life.bury()

    def _after_cut(self) -> None:
        if self._is_killed:
            self.world.call_later(self.site.chance.span_s(_STARTED_S), self._start)
        else:
            self.has_power = False
            self.world.call_later(self.outage_s, self.power_on)

    # ---- the process -----------------------------------------------------------------------------

    def _start(self) -> None:
        if self.life is not None or not self.has_power:
            return
        self.site.shop.start()
        self.site.started_s = self.site.time.now_s
        self.life = Life(self.site, self._power_on_s)
        self.life.task.add_done_callback(self._ended)
        self.site.record.counts["starts"] += 1

    def _ended(self, _task: "asyncio.Task[int]") -> None:
        """In the loop of the life that ends."""
        if self.life is not None:
            self.life.loop.stop()
            self.world.call_from_outside(0.0, self._after_end, self.life)

    def _after_end(self, life: Life) -> None:
        if life is not self.life:
            return
        self.life = None
        code = life.exit_code()
        self.site.last_end = f"exit {code}"
        self.site.record.tell(self.site.time.now_s, self.site.last_end)
        self.site.record.counts[f"exit {code}"] += 1
        self.site.network.cut_off(is_told=True)
        self.site.board.outlet.release()
        self.site.board.outlet.offer(0)
        life.bury()
        self.world.call_later(self.site.chance.span_s(_STARTED_S), self._start)

    # ---- hardware --------------------------------------------------------------------------------

    def _hardware_changed(self) -> None:
        self.world.call_from_outside(MOVING_S, self._settle)
        if self.life is not None:
            self.life.notice_soon()

    def _settle(self) -> None:
        self.site.board.outlet.settle()
        if self.life is not None:
            self.life.notice_soon()

    def present(self, id_tag: str) -> None:
        """Somebody holds a card to the reader."""
        if self.life is not None:
            self.life.loop.call_from_outside(_NOTICED_S, self.life.reader.present, id_tag)
