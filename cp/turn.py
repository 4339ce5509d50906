"""One turn: an outside event and all told steps it causes, run to completion.

Theory of operation: a turn works on a copy of the controller's condition and hands it back whole,
or raises and leaves nothing behind. Told events wait in order; status changes are told after all
other told events, in the order they happened (D-21); last of all, once, the outbox is looked at.
Routing is mechanical: the routes name the machines, the machines decide.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from cp.answering import effects_of_call, refusal_of
from cp.chart import Chart, Machine, Step, Timer
from cp.house import House
from cp.ocppj import dialogue as exchange
from cp.ocppj.dialogue import Dialogue
from cp.ocppj.outbound import encode_reply
from cp.vocabulary import lean
from cp.vocabulary.context import Context
from cp.vocabulary.effects import (
    AbandonCall,
    Effect,
    ExplainStatus,
    Know,
    Record,
    Reply,
    ReplyError,
    SendCall,
    SendFrame,
    SetClock,
    SetKey,
    SwitchAnswering,
    Tell,
    Transmit,
)
from cp.vocabulary.errors import MachineFault
from cp.vocabulary.events import (
    CALL_EVENTS,
    DeadlinePassed,
    Event,
    FrameReceived,
    KeyChanged,
    OutboxChanged,
    StatusChanged,
    name_of,
)
from cp.vocabulary.facts import Facts, with_fact
from cp.vocabulary.instants import Now
from cp.vocabulary.keys import KeyValues
from cp.vocabulary.records import KeySet

EVENTS_MAX: Final = 500
"""Bound on the events of one turn; more is a loop between charts, a fault of our own."""


@lean.dataclass(frozen=True, slots=True)
class Condition:
    """Everything that does change; a turn changes a copy. ``offset_s`` is the OCPP clock minus the
    monotonic one, None while there is no clock."""

    machines: dict[str, Machine]
    facts: Facts
    keys: KeyValues
    dialogue: Dialogue = Dialogue()
    offset_s: float | None = None


Trace = tuple[Step | Effect | Event, ...]
"""What a turn did, in order: outside event, steps that took a transition, effects."""


@dataclass(slots=True)
class Turn:
    """A turn under way; ``condition`` is what has become of it."""

    house: House
    condition: Condition
    now: Now
    chance: float
    trace: list[Step | Effect | Event] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    _told: deque[Event] = field(default_factory=deque)
    _statuses: deque[Event] = field(default_factory=deque)
    _is_outbox_changed: bool = False
    _replies: int = 0
    _clock: Now = field(init=False)
    """Now, with the OCPP clock."""

    def __post_init__(self) -> None:
        """Machines change in a copy of our own, so that a turn that raises leaves nothing."""
        machines = dict(self.condition.machines)
        self.condition = lean.replace(self.condition, machines=machines)
        self._read_clock()

    # ---- beginnings ------------------------------------------------------------------------------

    def begin(self, name: str) -> None:
        """A machine enters its initial state."""
        chart, connector_id = self._chart(name)
        machine, step = chart.begin(connector_id, self._context(DeadlinePassed()))
        self._settle(machine, step)

    def take(self, event: Event) -> None:
        """An outside event, and all that it causes."""
        self.trace.append(event)
        if isinstance(event, FrameReceived):
            self._receive(event.text)
        else:
            self._told.append(event)
        self._run()

    def expire(self, name: str, timer: Timer) -> None:
        """A timer of a machine is due."""
        chart, _ = self._chart(name)
        context = self._context(DeadlinePassed())
        machine, step = chart.expire(self.condition.machines[name], timer, context)
        self._settle(machine, step)
        self._run()

    # ---- the loop --------------------------------------------------------------------------------

    def _run(self) -> None:
        for _ in range(EVENTS_MAX):
            event = self._next()
            if event is None:
                return
            self._route(event)
        raise MachineFault("turn", name_of(event or OutboxChanged()), RecursionError("told events"))

    def _next(self) -> Event | None:
        if self._told:
            return self._told.popleft()
        if self._statuses:
            return self._statuses.popleft()
        if self._is_outbox_changed:
            self._is_outbox_changed = False
            return OutboxChanged()
        return None

    def _route(self, event: Event) -> None:
        if name_of(event) in CALL_EVENTS:
            self._decide(event)
            return
        for name in self.house.routes.machines_for(event):
            self._step(name, event)

    def _decide(self, event: Event) -> None:
        """A CALL: the machines that get it, and exactly one answer."""
        before = self._replies
        for name in self.house.routes.machines_for(event):
            self._step(name, event)
        answers = self._replies - before
        if answers > 1:
            raise MachineFault("routes", name_of(event), ValueError(f"{answers} answers"))
        if answers == 0:
            call_id = str(getattr(event, "call_id"))  # noqa: B009
            self._perform(Reply(call_id, refusal_of(self.house.routes, event)))

    def _step(self, name: str, event: Event) -> None:
        chart, _ = self._chart(name)
        machine, step = chart.step(self.condition.machines[name], self._context(event))
        self._settle(machine, step)

    def _settle(self, machine: Machine, step: Step) -> None:
        """Keep the machine, then carry the effects of its step on."""
        self.condition.machines[machine.name] = machine
        if step.taken or step.entered:
            self.trace.append(step)
        info = ""
        for effect in step.effects:
            if isinstance(effect, ExplainStatus):
                info = effect.info
            else:
                self._perform(effect)
        if step.status_after is not None and step.status_after != step.status_before:
            changed = StatusChanged(
                machine.connector_id, step.status_after, self._clock.stamp, info
            )
            self._statuses.append(changed)

    # ---- effects ---------------------------------------------------------------------------------

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Tell(OutboxChanged()):
                self._is_outbox_changed = True
            case Tell():
                self._told.append(effect.event)
            case Know():
                facts = with_fact(self.condition.facts, effect.fact, effect.value)
                self.condition = lean.replace(self.condition, facts=facts)
            case SetClock():
                self.set_clock(effect.utc_s)
            case SetKey():
                self._set_key(effect.name, effect.value)
            case Reply() | ReplyError() | Transmit() | AbandonCall() | SwitchAnswering():
                self._exchange(effect)
            case _:
                self._emit(effect)

    def _emit(self, effect: Effect) -> None:
        self.trace.append(effect)
        self.effects.append(effect)

    def _exchange(self, effect: Effect) -> None:
        """What concerns the dialogue with the central system."""
        dialogue = self.condition.dialogue
        match effect:
            case Reply():
                self._replies += 1
                self._emit(SendFrame(encode_reply(effect.call_id, dict(effect.payload))))
                return
            case ReplyError():
                dialogue, sent = exchange.refuse(
                    dialogue, effect.call_id, effect.error_code, effect.description
                )
                self._emit(SendFrame(sent.text))
            case Transmit():
                dialogue, text = exchange.transmit(
                    dialogue, effect.call, effect.transaction_id, self._clock
                )
                self._emit(SendCall(text))
            case AbandonCall():
                dialogue = exchange.abandon(dialogue)
                self.effects.append(effect)
            case SwitchAnswering():
                dialogue = exchange.switch(dialogue, effect.is_on)
        self.condition = lean.replace(self.condition, dialogue=dialogue)

    def set_clock(self, utc_s: float) -> None:
        """The OCPP clock shows ``utc_s`` now; timers on instants are computed anew."""
        self.condition = lean.replace(self.condition, offset_s=utc_s - self.now.monotonic_s)
        self._read_clock()
        self._rearm(None)

    def _set_key(self, name: str, value: str) -> None:
        if self.condition.keys.text(name) == value:
            return
        self.condition = lean.replace(
            self.condition, keys=self.condition.keys.with_value(name, value)
        )
        self._emit(Record(KeySet(name, value)))
        self._rearm(name)
        self._told.append(KeyChanged(name))

    def _rearm(self, key: str | None) -> None:
        machines = {
            name: self._chart(name)[0].rearm(machine, self._context(DeadlinePassed()), key)
            for name, machine in self.condition.machines.items()
        }
        self.condition = lean.replace(self.condition, machines=machines)

    # ---- frames ----------------------------------------------------------------------------------

    def _receive(self, text: str) -> None:
        dialogue, outcome = exchange.receive(self.condition.dialogue, text)
        self.condition = lean.replace(self.condition, dialogue=dialogue)
        match outcome:
            case exchange.Answered() | exchange.Refused():
                self._told.append(outcome.event)
            case exchange.SendText():
                self._emit(SendFrame(outcome.text))
            case exchange.Inbound():
                effects = effects_of_call(
                    self.house,
                    self.condition.keys,
                    outcome.call_id,
                    outcome.action,
                    outcome.payload,
                )
                for effect in effects:
                    self._perform(effect)

    # ---- helpers ---------------------------------------------------------------------------------

    def _chart(self, name: str) -> tuple[Chart, int]:
        chart, _, connector_id = name.rpartition(".")
        return self.house.charts[chart], int(connector_id)

    def _read_clock(self) -> None:
        now, offset_s = self.now, self.condition.offset_s
        utc_s = None if offset_s is None else now.monotonic_s + offset_s
        self._clock = Now(now.monotonic_s, utc_s, now.boot, now.register_wh)

    def _context(self, event: Event) -> Context:
        condition = self.condition
        return Context(
            event,
            self._clock,
            condition.facts,
            condition.keys,
            self.house.product,
            self.chance,
        )
