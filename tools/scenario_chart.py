"""One chart alone in a scenario: its machine, facts that the scenario sets, every effect shown."""

from collections.abc import Callable, Mapping

from cp.chart import Chart, Machine, Step
from cp.chart.transcript import effect_line, step_line
from cp.journal import replay
from cp.vocabulary.confirmations import Confirmation
from cp.vocabulary.context import Context
from cp.vocabulary.effects import Know, Tell
from cp.vocabulary.events import (
    CallAnswered,
    CallCreated,
    CallsLoaded,
    DeadlinePassed,
    Event,
    JournalReplayed,
    OutboxChanged,
)
from cp.vocabulary.facts import GUARD_FACTS, Facts, with_fact
from cp.vocabulary.instants import Now
from cp.vocabulary.keys import GENERIC
from cp.vocabulary.records import Put
from cp.vocabulary.requests import Heartbeat, Lane
from tools.scenario_house import NOON_S, ScenarioError, changed, event_of, house


class Bench:
    """Plays the steps of a scenario on one machine."""

    def __init__(
        self, chart: str, keys: Mapping[str, str], watch: Callable[[Step], None] | None = None
    ) -> None:
        name, _, number = chart.partition(".")
        if name not in house().charts:
            raise ScenarioError(f"chart: {name} is none of {', '.join(house().charts)}")
        self.chart: Chart = house().charts[name]
        self._connector_id = int(number) if number else house().routes.connectors[name][0]
        self._watch = watch
        self._factory = changed(GENERIC, GENERIC.defaults(), keys)
        self._time_s = 0.0
        self._meter_wh: int | None = 1000
        self._has_clock = True
        self._lines: list[str] = []
        self._machine: Machine
        self._begin()

    def _begin(self) -> None:
        """A new machine, which knows nothing."""
        self._facts = Facts()
        self._keys = self._factory
        self._rows: list[Put] = []
        context = self._context(DeadlinePassed())
        self._settle(*self.chart.begin(self._connector_id, context))

    def play(self, text: str) -> list[str]:
        """One step; the transcript of what it did. Raises ScenarioError."""
        self._lines = []
        word, _, rest = text.partition(" ")
        match word:
            case "begin":
                self._begin()
            case "wait":
                self._wait(float(rest))
            case "meter":
                self._meter_wh = None if rest == "none" else int(rest)
            case "clock":
                self._has_clock = rest != "none"
                self._rearm(None)
            case "know":
                self._know(rest)
            case "keys":
                key, _, value = rest.partition("=")
                self._keys = changed(GENERIC, self._keys, {key: value})
                self._rearm(key)
            case "row":
                self._rows.append(Put(*rest.split(" ", 2)))
            case _:
                self._take(self._event(word, rest))
        return self._lines

    def _event(self, word: str, rest: str) -> Event:
        """An event; what a scenario cannot write in fields is the least that the chart needs."""
        match word:
            case "journal_replayed":
                rows = sorted(self._rows, key=lambda row: (row.kind, row.key))
                calls = [row for row in rows if row.kind == "call"]
                others = [row for row in rows if row.kind != "call"]
                return JournalReplayed(replay(others, calls, 1, []))
            case "call_created":
                return CallCreated(Lane.OTHER, Heartbeat())
            case "call_answered":
                return CallAnswered(rest, Confirmation())
            case "calls_loaded":
                return CallsLoaded((), False)
        return event_of(word, rest)

    def _take(self, event: Event) -> None:
        self._settle(*self.chart.step(self._machine, self._context(event)))

    def _wait(self, seconds: float) -> None:
        end_s = self._time_s + seconds
        while True:
            timers = sorted(self._machine.timers, key=lambda timer: timer.deadline_s)
            if not timers or timers[0].deadline_s > end_s + 1e-9:
                break
            self._time_s = max(self._time_s, timers[0].deadline_s)
            context = self._context(DeadlinePassed())
            self._settle(*self.chart.expire(self._machine, timers[0], context))
        self._time_s = end_s

    def _rearm(self, key: str | None) -> None:
        context = self._context(DeadlinePassed())
        self._machine = self.chart.rearm(self._machine, context, key)

    def _know(self, rest: str) -> None:
        name, _, value = rest.partition("=")
        if name not in GUARD_FACTS or value not in ("true", "false"):
            raise ScenarioError(f"know {rest}: a fact of the vocabulary, =true or =false")
        self._facts = with_fact(self._facts, name, value == "true")

    def _settle(self, machine: Machine, step: Step) -> None:
        self._machine = machine
        self._lines.append(step_line(self._time_s, step))
        if self._watch is not None:
            self._watch(step)
        for effect in step.effects:
            if isinstance(effect, Know):
                self._facts = with_fact(self._facts, effect.fact, effect.value)
            if effect != Tell(OutboxChanged()):
                self._lines.append(effect_line(self._time_s, effect, lambda tag: tag))

    def _context(self, event: Event) -> Context:
        utc_s = NOON_S + self._time_s if self._has_clock else None
        now = Now(self._time_s, utc_s, 1, self._meter_wh)
        return Context(event, now, self._facts, self._keys, house().product)
