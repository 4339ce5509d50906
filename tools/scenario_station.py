"""The steps of a scenario of the whole controller."""

import copy
import json
from dataclasses import dataclass

from cp.vocabulary.events import FrameReceived, LinkClosed, LinkFailed, LinkOpened
from cp.vocabulary.records import Put
from tools.scenario_house import ScenarioError, event_of, house
from tools.scenario_runner import Runner

__all__ = ["Station", "house"]


@dataclass(slots=True)
class Station(Runner):
    """Plays the steps of a scenario on a controller."""

    _call_count: int = 0

    # ---- steps -----------------------------------------------------------------------------------

    def play(self, text: str) -> list[str]:
        """One step; the transcript of what it did. Raises ScenarioError."""
        self._lines = []
        word, _, rest = text.partition(" ")
        match word:
            case "power":
                self._power(rest)
            case "wait":
                self.wait(float(rest))
            case "meter":
                self.world.meter_wh = None if rest == "none" else int(rest)
                self.ledger.meter(self.world.meter_wh)
            case "clock":
                self.world.clock_s = None if rest == "none" else float(rest)
            case "storage":
                self._storage(rest)
            case "link":
                self._link(rest)
            case "row":
                kind, key, body = rest.split(" ", 2)
                self._store([Put(kind, key, body)])
            case _:
                self._talk(word, rest)
        return self._lines

    def _talk(self, word: str, rest: str) -> None:
        """Steps of the central system, and events."""
        server = self.server
        if word in ("call", "answer", "refuse", "frame") and not self.is_online:
            raise ScenarioError("there is no link")
        match word:
            case "call":
                self._call_count += 1
                action, _, payload = rest.partition(" ")
                frame = [2, f"cs-{self._call_count}", action, json.loads(payload or "{}")]
                self.take(FrameReceived(json.dumps(frame)))
            case "answer":
                self.take(FrameReceived(server.answer(rest, self.world.time_s)))
            case "refuse":
                self.take(FrameReceived(server.refuse(rest)))
            case "frame":
                self.take(FrameReceived(rest))
            case "when":
                server.rule(rest)
            case "restarter":
                self._is_restarter_broken = rest == "broken"
            case "server":
                server.is_silent = rest == "silent"
            case "slot_read" if not rest:
                self.take(self.workshop.slot_read())
            case _:
                self.take(event_of(word, rest))

    def _power(self, what: str) -> None:
        if what not in ("on", "off", "cut"):
            raise ScenarioError("power on, power off, or power cut: off and on again")
        if what != "on":
            self.power_off("the power is cut")
        if what != "off":
            self.power_on()

    def _link(self, what: str) -> None:
        """``up``: attempts to connect succeed; ``down``: they fail, the present link is gone."""
        if what not in ("up", "down"):
            raise ScenarioError("link up, or link down")
        self._is_network_up = what == "up"
        if self.is_down:
            return
        state = self.controller.condition.machines["link.0"].active[-1]
        if state == "connecting":
            self.take(LinkOpened() if self._is_network_up else LinkFailed())
        elif state == "online" and not self._is_network_up:
            self.take(LinkClosed())

    def _storage(self, what: str) -> None:
        """What was held is committed now; what found no room is tried again in its own time."""
        self.disk.turn(what)
        self._commit()
        self._work()

    # ---- what might have happened instead --------------------------------------------------------

    def cut(self) -> "Station":
        """This station as it is after a power cut at this very moment; the server is friendly."""
        station = Station(
            self.factory,
            self.profile,
            self.server.copy_friendly(),
            copy.copy(self.world),
            self.ledger.copy(),
            self.workshop.copy(),
            dict(self.rows),
        )
        station.power_off("the power is cut")
        return station
