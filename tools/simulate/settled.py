"""Since when the station has had time to do what it must: what excuses it, and for how long.

Theory of operation: looked at before every turn, which comes every ten seconds in a transaction and
with every heartbeat otherwise. What is wrong for a moment between two turns is noted where it
happens (``Outlet.changed_s``, ``Outlet.mended_s``); what lasts longer is noted here.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from drivers.bench.faulty import StorageMode
from drivers.bench.world import ContactorMode
from tools.simulate.central import Central
from tools.simulate.station import Site

QUIET_S: Final = 5.0
"""The EV gets a second, a meter is silent for three before it counts as broken."""

_STARTED_S: Final = 10.0
_DISK_S: Final = 45.0
"""A full disk is tried again every ten seconds; what was held back leaves within a CALL timeout."""
_CONTACTOR_S: Final = 75.0
"""A contactor that failed rests for a minute."""
_LINE_S: Final = 150.0
"""CALLs go one by one, and each may wait thirty seconds for its answer."""
_QUICK_S: Final = 0.01
_NEAR_S: Final = 0.1
_AWAY_S: Final = 900.0
_LOOKED_EVERY_S: Final = 60.0


class Settled:
    """What has been as it should be for long enough."""

    def __init__(self, site: Site, central: Central) -> None:
        self._site = site
        self._central = central
        self._disk_s = self._line_s = 0.0

    def look(self) -> None:
        """Before a turn."""
        site, now_s = self._site, self._site.time.now_s
        if site.disk.mode is not StorageMode.NORMAL or site.work_s[1] > _QUICK_S:
            self._disk_s = now_s
        if not self.is_line_fine:
            self._line_s = now_s

    @property
    def is_line_fine(self) -> bool:
        """Whatever is said on it arrives at once, and is answered as it should be."""
        central = self._central
        is_rude = bool(central.manners or central.denial) or central.is_denied
        is_near = self._site.network.conditions.delay_s[1] <= _NEAR_S
        return central.line is not None and central.line.is_good and is_near and not is_rude

    async def wait_for_line(self, is_running: Callable[[], bool]) -> None:
        """A station that could come back does so: the wait between two attempts is bounded
        (``J 5.4``). ``is_running``: whether there is a process."""
        site, central = self._site, self._central
        away_s, seen = 0.0, 0
        while True:
            await asyncio.sleep(_LOOKED_EVERY_S)
            conditions = site.network.conditions
            is_near = conditions.delay_s[1] <= _NEAR_S
            is_open = conditions.is_up and is_near and not conditions.is_mute
            is_open = is_open and not central.is_refusing
            could_come = is_open and is_running() and self.has_time
            before, seen = seen, site.record.counts["connections"]
            is_away = could_come and central.line is None and seen == before
            away_s = away_s + _LOOKED_EVERY_S if is_away else 0.0
            if away_s > _AWAY_S:
                site.checks.find("the station stays away though it could come")

    @property
    def has_time(self) -> bool:
        """The process runs, and its disk is quick."""
        now_s, site = self._site.time.now_s, self._site
        return now_s - site.started_s > _STARTED_S and now_s - self._disk_s > _DISK_S

    @property
    def is_quiet(self) -> bool:
        """Nothing has changed at the outlet."""
        return self.has_time and self._site.time.now_s - self._site.board.outlet.changed_s > QUIET_S

    @property
    def is_contactor_whole(self) -> bool:
        """It does what it is told, in time, and rests no more."""
        outlet = self._site.board.outlet
        is_mended = self._site.time.now_s - outlet.mended_s > _CONTACTOR_S
        return outlet.mode is ContactorMode.NORMAL and is_mended

    def is_heard(self, since_s: float) -> bool:
        """What was to be said at this instant has been said. What a full disk held back longer than
        a CALL waits is said with the next connection (``S 4.9`` knows no retry)."""
        line, now_s = self._central.line, self._site.time.now_s
        if line is None or not line.is_good or not self.has_time:
            return False
        if max(since_s, line.opened_s) <= self._disk_s or line.heard_s == line.opened_s:
            return False
        begun_s = max(since_s, line.opened_s, self._site.started_s, self._line_s)
        return now_s - begun_s > _LINE_S
