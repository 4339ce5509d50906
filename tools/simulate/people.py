"""People, their cards and their EVs.

Theory of operation: one visit after the other. Who comes draws whether the plug or the card is
first, how long the EV thinks, how often it pauses, and how it ends; people try a card again when
nothing happens, and go away in the end whatever the station does.
"""

import asyncio
from typing import Final

from cp.vocabulary.words import AuthorizationStatus
from tools.net.csms_books import Books, Tag
from tools.simulate.chance import Chance
from tools.simulate.draw import Draw
from tools.simulate.station import Station

CARDS: Final = ("CARD1", "CARD2", "CARD3", "FAMILY1", "FAMILY2", "STRANGER", "BLOCKED", "card1")
REFUSED: Final = ("STRANGER", "BLOCKED")
GROUPS: Final = frozenset({"FAMILY1", "FAMILY2"})
"""Cards of one group: one stops what the other started."""
_WATTS: Final = (11.0, 1380.0, 3680.0, 7360.0, 7360.0)


def issue_cards(books: Books) -> None:
    """What the central system thinks of them."""
    books.tags |= {
        "FAMILY1": Tag(parent="FAMILY"),
        "FAMILY2": Tag(parent="FAMILY"),
        "STRANGER": Tag(AuthorizationStatus.INVALID),
        "BLOCKED": Tag(AuthorizationStatus.BLOCKED),
    }


class People:
    """One at a time."""

    def __init__(self, station: Station, chance: Chance, draw: Draw) -> None:
        self._station = station
        self._outlet = station.site.board.outlet
        self._chance = chance
        self._gap_s = draw.gap_s
        self._stay_s = draw.stay_s

    async def live(self) -> None:
        """Visit after visit."""
        while True:
            await asyncio.sleep(self._chance.span_s(self._gap_s))
            await self._visit()

    async def charge_once(self) -> None:
        """Somebody with a good card, in a world where everything works."""
        self._plug(True)
        self._outlet.take(3600.0)
        await self._wait(3.0)
        self._outlet.want(True)
        self._station.present("CARD1")
        await self._wait(600.0)
        self._station.present("CARD1")
        await self._wait(5.0)
        self._plug(False)

    # ---- a visit ---------------------------------------------------------------------------------

    async def _visit(self) -> None:
        chance = self._chance
        self._station.site.record.counts["visits"] += 1
        card = chance.choice(CARDS)
        self._outlet.take(chance.choice(_WATTS))
        if chance.is_so(0.4):
            self._present(card)
            await self._wait(chance.span_s(chance.choice((0.02, 5.0, 40.0))))
        self._plug(True)
        await self._wait(chance.span_s(chance.choice((0.02, 3.0, 20.0))))
        if chance.is_so(0.9):
            self._outlet.want(True)
        await self._wait(chance.span_s(chance.choice((0.02, 10.0))))
        await self._insist(card)
        await self._stay(card)
        if chance.is_so(0.55):
            self._present(card if chance.is_so(0.7) else chance.choice(CARDS))
            await self._wait(chance.span_s(chance.choice((0.02, 2.0, 60.0, 1200.0))))
        self._plug(False)
        while chance.is_so(0.1):
            await self._wait(chance.span_s(0.2))
            self._plug(not self._outlet.is_plugged)
        self._plug(False)

    async def _insist(self, card: str) -> None:
        """Hold the card up until something happens."""
        for _ in range(4):
            if self._outlet.has_session:
                return
            self._present(card)
            await self._wait(self._chance.span_s(20.0))

    async def _stay(self, card: str) -> None:
        chance = self._chance
        end_s = self._station.site.time.now_s + chance.span_s(self._stay_s)
        while self._station.site.time.now_s < end_s:
            await self._wait(chance.span_s(self._stay_s / 3))
            match chance.randrange(8):
                case 0 | 1:
                    self._outlet.want(False)
                    await self._wait(chance.span_s(chance.choice((0.02, 0.5, 300.0))))
                    self._outlet.want(True)
                case 2:
                    self._outlet.take(chance.choice(_WATTS))
                case 3:
                    self._present(chance.choice(CARDS))
                case 4 if chance.is_so(0.2):
                    self._present(card)
                    await self._wait(chance.span_s(30.0))

    def _plug(self, is_plugged: bool) -> None:
        if is_plugged != self._outlet.is_plugged:
            self._say("plugs in" if is_plugged else "unplugs")
            self._outlet.plug(is_plugged)

    def _present(self, card: str) -> None:
        self._say(f"presents {card}")
        self._station.present(card)

    def _say(self, what: str) -> None:
        self._station.site.record.tell(self._station.site.time.now_s, f"somebody {what}")

    async def _wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
