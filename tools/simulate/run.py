"""One world, from its seed to its outcome.

Theory of operation: the world lives its hours with all that its seed has drawn. Then everything is
healed, and the station must come back, work everything off, charge once more, and have told the
truth.
"""

import asyncio
import gc
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from unittest import mock

from cp.vocabulary.errors import StatechargeError
from tools.scenario_house import changed, house
from tools.simulate.answers import Answers
from tools.simulate.audit import audit, leftovers
from tools.simulate.central import STATION, Central
from tools.simulate.chance import seeded_entropy, stream
from tools.simulate.checks import Checks
from tools.simulate.clock import StuckError, VirtualTime, bury
from tools.simulate.devices import Board
from tools.simulate.disk import Disk
from tools.simulate.draw import Draw, draw
from tools.simulate.jobs import Workshop
from tools.simulate.ledger import Ledger
from tools.simulate.network import NetLoop, Network
from tools.simulate.operator import Operator
from tools.simulate.outlet import Outlet
from tools.simulate.outlook import Outlook
from tools.simulate.people import People, issue_cards
from tools.simulate.promises import Promises
from tools.simulate.reasons import Reasons
from tools.simulate.record import Record
from tools.simulate.settled import Settled
from tools.simulate.station import Site, Station
from tools.simulate.tries import Tries
from tools.simulate.trouble import Trouble

HOUR_S: Final = 3600.0

_LOOKED_EVERY_S: Final = 30.0
_BACK_WITHIN_S: Final = HOUR_S
"""A connection that was lost unnoticed is given up by TCP alone where no pings are sent."""
_DRAINED_WITHIN_S: Final = 4 * HOUR_S
"""An update may still have to be fetched, a message to wait for its hundredth try."""
_FORGOTTEN_S: Final = 130.0
"""The longest ConnectionTimeOut: an order of the last minute starts nobody else's charge."""
_ACCEPTED: Final = {"status": "Accepted"}
_MEMORY: Final = Path("/dev/shm")
_UNTIMED: Final = frozenset({"wall clock", "no clock", "central clock"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one seed; ``lines`` of the transcript and of the ``world``, and what the seed
    has drawn."""

    seed: int
    hours: float
    digest: str
    findings: tuple[str, ...]
    counts: Mapping[str, int]
    lines: tuple[str, ...]
    world: tuple[str, ...]
    draw: Draw


class World:
    """Everything of one seed, on a folder of its own."""

    def __init__(self, seed: int, folder: Path) -> None:
        self._seed = seed
        self.record = Record()
        self.time = VirtualTime()
        self.loop = NetLoop(self.time)
        self.loop.network = Network(stream(seed, "network"))
        outlet = Outlet(self.time)
        ledger = Ledger(outlet)
        self.site = Site(
            time=self.time,
            chance=stream(seed, "station"),
            record=self.record,
            ledger=ledger,
            board=Board(outlet, ledger),
            disk=Disk(folder, ledger),
            shop=Workshop(stream(seed, "workshop")),
            network=self.loop.network,
            checks=Checks(self.time, outlet, ledger, self.record),
            house=house(),
            factory=house().table.defaults(),
        )
        self.station = Station(self.site, self.loop)
        self.central = Central(
            self.time, stream(seed, "central"), self.record, lambda: self.site.disk.is_full
        )
        self.trouble = Trouble(self.station, self.central, seed)
        self.operator = Operator(self.central, self.time, stream(seed, "operator"))
        self.draw = draw(stream(seed, "draw"), self.operator.kinds, self.trouble.kinds)
        self.apply(self.draw)
        self.settled = Settled(self.site, self.central)

    def apply(self, draw: Draw) -> None:
        """Be a world as it is drawn; the controls draw otherwise, before it runs."""
        site, self.draw = self.site, draw
        self.people = People(self.station, stream(self._seed, "people"), draw)
        site.house = house(draw.profile)
        site.factory = changed(site.house.table, site.house.table.defaults(), draw.keys)
        site.shop.failures = draw.failures
        self.central.is_timed = not _UNTIMED & set(draw.trouble)
        issue_cards(self.central.books)
        self.record.tell(0.0, f"drawn: {draw}")

    # ---- the story -------------------------------------------------------------------------------

    def run(self, hours: float) -> None:
        """Live for so long, heal, and look at everything."""
        self._watch()
        self.loop.set_exception_handler(self._take_stray_error)
        story = self.loop.create_task(self._story(hours))
        try:
            self.time.run(story.done, self.station.was_cut)
        except StuckError as error:
            self._find(str(error))
        else:
            story.result()
        finally:
            if self.station.life is not None:
                self.station.life.bury()
            bury(self.loop)

    def _watch(self) -> None:
        outlook = Outlook(self.site, self.central, self.settled, self.draw)
        promises = Promises(self.site, self.central, self.settled)
        answers = Answers(self.site, self.central, self.settled, promises)
        self.central.judge = answers.judge
        is_written = "ChangeConfiguration" in self.draw.requests
        retry_s = self.site.factory.number("TransactionMessageRetryInterval")
        tries = Tries(self.site, None if is_written else retry_s)
        reasons = Reasons(self.site, self.central)
        self.site.checks.watchers += [outlook, reasons, promises, answers, tries]

    async def _story(self, hours: float) -> None:
        await self.central.start()
        self.station.power_on()
        actors = [
            self.people.live(),
            self.operator.work(self.draw.requests, self.draw.asked_every_s),
        ]
        actors.append(self.central.listen())
        actors.append(self.settled.wait_for_line(lambda: self.station.life is not None))
        actors += [self.trouble.make(name, self.draw.pace) for name in self.draw.trouble]
        tasks = [asyncio.create_task(actor) for actor in actors]
        done, _ = await asyncio.wait(
            tasks, timeout=hours * HOUR_S, return_when=asyncio.FIRST_EXCEPTION
        )
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for task in done:
            task.result()
        self._tell("all is healed")
        self.trouble.heal()
        self.site.board.outlet.plug(False)
        await self._end()

    async def _end(self) -> None:
        """The station comes back, works everything off, and charges once more."""
        if not await self._within(_BACK_WITHIN_S, self._is_back):
            self._find(f"the station did not come back: {self._facts()}")
            return
        for connector_id in (0, 1):
            operative = {"connectorId": connector_id, "type": "Operative"}
            while await self.central.call("ChangeAvailability", operative) != _ACCEPTED:
                await asyncio.sleep(_LOOKED_EVERY_S)
        if await self._is_drained():
            await asyncio.sleep(_FORGOTTEN_S)
            await self._charge_once()
        self.site.checks.energy()
        life = self.station.life
        if life is None:
            self._find("the station is gone in the end")
            return
        for finding in audit(self.site, self.central, life.controller, self.draw):
            self._find(finding)

    async def _charge_once(self) -> None:
        before = len(self.central.books.transactions)
        await self.people.charge_once()
        await asyncio.sleep(_LOOKED_EVERY_S)
        if await self._is_drained() and len(self.central.books.transactions) != before + 1:
            self._find("a good card in a world where everything works did not charge")

    async def _within(self, limit_s: float, test: Callable[[], bool]) -> bool:
        end_s = self.time.now_s + limit_s
        while not test():
            if self.time.now_s > end_s:
                return False
            await asyncio.sleep(_LOOKED_EVERY_S)
        return True

    def _is_back(self) -> bool:
        life = self.station.life
        if life is None or self.central.line is None:
            return False
        facts = life.controller.condition.facts
        return facts.is_online and facts.is_registered and not facts.is_resetting

    async def _is_drained(self) -> bool:
        if await self._within(_DRAINED_WITHIN_S, lambda: not self._left()):
            return True
        for finding in self._left():
            self._find(finding)
        return False

    def _left(self) -> list[str]:
        life = self.station.life
        try:
            return ["no station"] if life is None else leftovers(life.storage.counts())
        except StatechargeError:
            return ["no storage"]

    # ---- findings --------------------------------------------------------------------------------

    def _facts(self) -> str:
        life = self.station.life
        return "no life" if life is None else str(life.controller.condition.facts)

    def _find(self, what: str) -> None:
        self.record.find(self.time.now_s, what)

    def _tell(self, what: str) -> None:
        self.record.tell(self.time.now_s, what)

    def _take_stray_error(
        self, _loop: asyncio.AbstractEventLoop, context: Mapping[str, object]
    ) -> None:
        self._find(f"in the world: {context.get('message')}: {context.get('exception')!r}")

    def digest(self) -> str:
        """Of the transcript and of the books, which are counted here too."""
        books = self.central.books
        self.record.counts["sessions"] = len(books.transactions)
        self.record.counts["energy Wh"] = self.site.board.outlet.register_wh
        for transaction in books.transactions.values():
            self._tell(f"booked: {transaction}")
        self._tell(f"booked: {books.station(STATION)}")
        return self.record.digest


def simulate(
    seed: int, hours: float, change: Callable[[World], None] = lambda _world: None
) -> Outcome:
    """The outcome of one seed; equal for equal arguments, on every machine. ``change`` is for the
    controls, whose stations do something wrong."""
    place = _MEMORY if _MEMORY.is_dir() else None
    # What was cut off protests when it is collected.
    with (
        tempfile.TemporaryDirectory(dir=place) as folder,
        seeded_entropy(seed),
        mock.patch.object(sys, "unraisablehook", lambda _: None),
        warnings.catch_warnings(action="ignore", category=RuntimeWarning),
    ):
        world = World(seed, Path(folder))
        change(world)
        world.run(hours)
        digest, record, drawn = world.digest(), world.record, world.draw
        del world
        gc.collect()
    return Outcome(
        seed,
        hours,
        digest,
        tuple(record.findings),
        dict(record.counts),
        tuple(record.lines),
        tuple(record.world),
        drawn,
    )
