"""Hardware and clocks of a scenario: what does not need the controller's word."""

from dataclasses import dataclass

from cp.vocabulary.events import EvAsked, Event, EvPaused, Plugged, Unplugged
from cp.vocabulary.instants import Now
from tools.scenario_house import NOON_S


@dataclass(slots=True)
class World:
    """``clock_s``: what the wall clock is off by, in seconds; None: it shows 1970."""

    time_s: float = 0.0
    clock_s: float | None = 0.0
    meter_wh: int | None = 1000
    is_plugged: bool = False
    is_asking: bool = False
    is_closed: bool = False
    is_offered: bool = False

    def now(self) -> Now:
        """Clocks and meter as the daemon reads them."""
        utc_s = self.time_s if self.clock_s is None else NOON_S + self.time_s + self.clock_s
        return Now(self.time_s, utc_s, 0, self.meter_wh)

    def see(self, event: Event) -> None:
        """What an event says of the EV."""
        match event:
            case Plugged():
                self.is_plugged = True
            case Unplugged():
                self.is_plugged = self.is_asking = False
            case EvAsked():
                self.is_asking = True
            case EvPaused():
                self.is_asking = False
