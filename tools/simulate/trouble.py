"""Trouble: every kind of fault, drawn for a seed, that comes, lasts and goes.

Theory of operation: one task for each kind. It waits, does its harm, waits and heals it. ``heal``
ends all and makes the world whole, whatever was under way.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from cp.vocabulary.events import ErrorRaised
from cp.vocabulary.words import ChargePointErrorCode as Code
from drivers.bench.faulty import StorageMode
from drivers.bench.meter import MeterMode
from drivers.bench.world import ContactorMode
from tools.scenario_house import URL
from tools.simulate.central import Central
from tools.simulate.chance import stream
from tools.simulate.devices import READER_BROKEN
from tools.simulate.manners import MANNERS
from tools.simulate.station import Site, Station

Harm = Callable[[], Awaitable[None]]

EMERGENCY_STOP = ErrorRaised(1, Code.OTHER_ERROR, "EmergencyStop")
_ERRORS = (
    EMERGENCY_STOP,
    ErrorRaised(1, Code.GROUND_FAILURE),
    ErrorRaised(1, Code.OVER_CURRENT_FAILURE),
    ErrorRaised(1, Code.HIGH_TEMPERATURE),
    ErrorRaised(1, Code.EV_COMMUNICATION_ERROR),
    ErrorRaised(0, Code.INTERNAL_ERROR),
    ErrorRaised(0, Code.WEAK_SIGNAL),
    READER_BROKEN,
)
_WORK_S = (0.0005, 0.008)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of trouble: how often, on average, and what it does."""

    gap_s: float
    harm: Harm


class Trouble:
    """All kinds, for one site."""

    def __init__(self, station: Station, central: Central, seed: int) -> None:
        self._station = station
        self._site: Site = station.site
        self._central = central
        self._seed = seed
        self._chance = stream(seed, "trouble")
        hour = 3600.0
        self.kinds: Mapping[str, Kind] = {
            "reset": Kind(hour, self._reset),
            "half-open": Kind(3 * hour, self._half_open),
            "stall": Kind(2 * hour, self._stall),
            "outage": Kind(4 * hour, self._outage),
            "slow network": Kind(4 * hour, self._slow_network),
            "pieces": Kind(4 * hour, self._pieces),
            "duplicate connection": Kind(5 * hour, self._duplicate),
            **{f"central {name}": Kind(3 * hour, self._manner(name)) for name in MANNERS},
            "central refuses": Kind(5 * hour, self._refuse),
            "central hangs up": Kind(3 * hour, self._central.hang_up),
            "central denies": Kind(5 * hour, self._deny),
            "central clock": Kind(6 * hour, self._central_clock),
            "meter": Kind(3 * hour, self._meter),
            "contactor": Kind(3 * hour, self._contactor),
            "errors": Kind(2 * hour, self._errors),
            "late inputs": Kind(5 * hour, self._late_inputs),
            "wall clock": Kind(3 * hour, self._wall_clock),
            "no clock": Kind(5 * hour, self._no_clock),
            "disk full": Kind(6 * hour, self._disk_full),
            "disk broken": Kind(8 * hour, self._disk_broken),
            "slow disk": Kind(3 * hour, self._slow_disk),
            "power cut": Kind(1.5 * hour, self._power_cut),
            "power cut at start": Kind(4 * hour, self._cut_at_start),
            "killed": Kind(3 * hour, self._kill),
            "restarter": Kind(3 * hour, self._restarter),
        }

    async def make(self, name: str, pace: float) -> None:
        """This kind, again and again; ``pace`` above 1 for more of it."""
        kind, chance = self.kinds[name], stream(self._seed, name)
        while True:
            await asyncio.sleep(chance.span_s(kind.gap_s / pace))
            self._site.record.tell(self._site.time.now_s, f"trouble: {name}")
            self._site.record.counts[f"trouble: {name}"] += 1
            await kind.harm()

    def heal(self) -> None:
        """Everything works again."""
        site, central = self._site, self._central
        conditions = site.network.conditions
        conditions.is_up, conditions.is_mute = True, False
        conditions.delay_s, conditions.pieces = (0.005, 0.08), 0.0
        for end in site.network.live:
            if end.is_stalled:
                end.flow()
        central.manners.clear()
        central.denial, central.is_refusing, central.off_s = "", False, 0.0
        board = site.board
        board.errors, board.meter = [], MeterMode.NORMAL
        board.late_s, board.is_restarter_broken = 0.0, False
        board.outlet.break_contactor(ContactorMode.NORMAL)
        site.wall_off_s, site.work_s = 0.0, _WORK_S
        site.disk.mode = StorageMode.NORMAL
        site.shop.failures = 0.0
        if self._station.life is not None:
            self._station.life.loop.cut_never()
        self._station.power_on()

    async def _last(self, mean_s: float) -> None:
        await asyncio.sleep(self._chance.span_s(mean_s))

    # ---- network ---------------------------------------------------------------------------------

    async def _reset(self) -> None:
        for end in self._site.network.live:
            end.reset()

    async def _half_open(self) -> None:
        for end in self._site.network.live:
            end.is_lost = True

    async def _stall(self) -> None:
        ends = self._site.network.live
        for end in ends:
            end.stall()
        await self._last(self._chance.choice((2.0, 20.0, 300.0)))
        for end in ends:
            end.flow()

    async def _outage(self) -> None:
        conditions = self._site.network.conditions
        is_mute = self._chance.is_so(0.5)
        conditions.is_mute, conditions.is_up = is_mute, is_mute
        await (self._half_open() if is_mute else self._reset())
        await self._last(self._chance.choice((60.0, 1800.0, 7200.0)))
        conditions.is_mute, conditions.is_up = False, True

    async def _slow_network(self) -> None:
        self._site.network.conditions.delay_s = (0.1, self._chance.choice((1.0, 8.0, 25.0)))
        await self._last(1200.0)
        self._site.network.conditions.delay_s = (0.005, 0.08)

    async def _pieces(self) -> None:
        self._site.network.conditions.pieces = 0.5
        await self._last(3600.0)
        self._site.network.conditions.pieces = 0.0

    async def _duplicate(self) -> None:
        """Somebody else with the station's identity."""
        try:
            impostor = connect(URL, subprotocols=[Subprotocol("ocpp1.6")], proxy=None)
            async with impostor:
                await self._last(20.0)
        except (OSError, WebSocketException):
            return

    # ---- central system --------------------------------------------------------------------------

    def _manner(self, name: str) -> Harm:
        async def harm() -> None:
            self._central.manners[name] = self._chance.choice((0.1, 0.5, 1.0))
            await self._last(600.0)
            self._central.manners.pop(name, None)

        return harm

    async def _refuse(self) -> None:
        self._central.is_refusing = True
        await self._central.hang_up()
        await self._last(900.0)
        self._central.is_refusing = False

    async def _deny(self) -> None:
        self._central.denial = self._chance.choice(("Pending", "Rejected"))
        await self._last(900.0)
        self._central.denial = ""

    async def _central_clock(self) -> None:
        self._central.off_s = self._chance.choice((-86400.0, -30.0, 30.0, 86400.0))
        await self._last(1800.0)
        self._central.off_s = 0.0

    # ---- hardware --------------------------------------------------------------------------------

    async def _meter(self) -> None:
        board = self._site.board
        board.meter = self._chance.choice((MeterMode.SILENT, MeterMode.STUCK, MeterMode.BACKWARD))
        board.outlet.want(board.outlet.is_ev_ready)
        await self._last(self._chance.choice((2.0, 600.0)))
        board.meter = MeterMode.NORMAL
        board.outlet.want(board.outlet.is_ev_ready)

    async def _contactor(self) -> None:
        outlet = self._site.board.outlet
        outlet.break_contactor(
            self._chance.choice(
                (
                    ContactorMode.WELDED,
                    ContactorMode.STUCK_OPEN,
                    ContactorMode.FEEDBACK_STUCK,
                )
            )
        )
        await self._last(self._chance.choice((0.3, 5.0, 300.0)))
        outlet.break_contactor(ContactorMode.NORMAL)

    async def _errors(self) -> None:
        """One error, or two that overlap."""
        board = self._site.board
        for _ in range(self._chance.randrange(1, 3)):
            error = self._chance.choice(_ERRORS)
            if error not in board.errors:
                board.errors.append(error)
            board.outlet.want(board.outlet.is_ev_ready)
            await self._last(self._chance.choice((0.01, 1.0, 120.0)))
        while board.errors:
            board.errors.pop(self._chance.randrange(len(board.errors)))
            board.outlet.want(board.outlet.is_ev_ready)
            await self._last(self._chance.choice((0.01, 30.0)))

    async def _late_inputs(self) -> None:
        self._site.board.late_s = self._chance.choice((0.2, 1.0, 3.0))
        await self._last(7200.0)
        self._site.board.late_s = 0.0

    # ---- clocks ----------------------------------------------------------------------------------

    async def _wall_clock(self) -> None:
        self._site.wall_off_s = self._chance.choice((-3600.0, -5.0, 5.0, 3600.0, 86400.0))
        await self._last(3600.0)
        self._site.wall_off_s = 0.0

    async def _no_clock(self) -> None:
        self._site.wall_off_s = None
        await self._last(7200.0)
        self._site.wall_off_s = 0.0

    # ---- disk ------------------------------------------------------------------------------------

    async def _disk(self, mode: StorageMode, mean_s: float) -> None:
        self._site.disk.mode = mode
        await self._last(mean_s)
        self._site.disk.mode = StorageMode.NORMAL

    async def _disk_full(self) -> None:
        await self._disk(StorageMode.FULL, self._chance.choice((5.0, 300.0, 7200.0)))

    async def _disk_broken(self) -> None:
        await self._disk(StorageMode.ERROR, self._chance.choice((0.5, 20.0)))

    async def _slow_disk(self) -> None:
        self._site.work_s = (0.05, self._chance.choice((0.5, 5.0)))
        await self._last(900.0)
        self._site.work_s = _WORK_S

    # ---- power -----------------------------------------------------------------------------------

    async def _power_cut(self) -> None:
        outage_s = self._chance.span_s(self._chance.choice((0.5, 30.0, 1800.0)))
        self._station.cut_soon(self._chance.randrange(80), outage_s, is_killed=False)

    async def _cut_at_start(self) -> None:
        """Once more while it starts, a few times."""
        for _ in range(self._chance.randrange(1, 5)):
            self._station.cut_soon(self._chance.randrange(120), 0.5, is_killed=False)
            await self._last(5.0)

    async def _kill(self) -> None:
        self._station.cut_soon(self._chance.randrange(80), 0.0, is_killed=True)

    async def _restarter(self) -> None:
        self._site.board.is_restarter_broken = True
        await self._last(3600.0)
        self._site.board.is_restarter_broken = False
