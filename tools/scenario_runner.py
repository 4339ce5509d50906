"""The whole controller in a scenario: virtual time, rows in a dictionary, a server on paper.

Theory of operation: the real controller on the real charts, and the daemon's order of things: safe
effects first, then the rows of the turn as one commit, then the outward effects that wait for it
(those that wait for no row go before); an open cancels every close that waits. Frames that answer
ours come after the turn that sent them. Time passes in ``wait`` alone. ``on_effect`` is called
before each effect and each commit: there power may be cut. A full disk is that of the bench.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cp.chart import Step
from cp.controller import Controller, Done, key_of_call
from cp.domain.outbox import WINDOW
from cp.house import House
from cp.job_hands import STARTS
from cp.thinning import thin_calls
from cp.vocabulary.effects import (
    CloseContactor,
    Effect,
    EndProcess,
    LoadCalls,
    OfferCurrent,
    OpenContactor,
    OpenLink,
    Restart,
    SendFrame,
    ThinCalls,
    WithdrawCurrent,
)
from cp.vocabulary.errors import StorageFullError
from cp.vocabulary.events import (
    CloseSent,
    EvAsked,
    Event,
    EvPaused,
    FrameReceived,
    LinkFailed,
    LinkOpened,
    Plugged,
    RestartFailed,
    Unplugged,
)
from cp.vocabulary.records import Put, Row
from tools.scenario_disk import Disk
from tools.scenario_house import ScenarioError, changed, house
from tools.scenario_jobs import Workshop
from tools.scenario_ledger import Ledger
from tools.scenario_server import Answer, Server, answer_in
from tools.scenario_world import World


@dataclass(slots=True)
class Runner:
    """Runs a controller as the daemon does."""

    factory: Mapping[str, str] = field(default_factory=dict)
    profile: str = ""
    server: Server = field(default_factory=Server)
    world: World = field(default_factory=World)
    ledger: Ledger = field(default_factory=Ledger)
    workshop: Workshop = field(default_factory=Workshop)
    rows: dict[tuple[str, str], str] = field(default_factory=dict)
    disk: Disk = field(default_factory=Disk)
    on_effect: Callable[["Runner"], None] | None = None
    on_step: Callable[[Step], None] | None = None
    is_down: bool = True
    changes: int = 0
    """Rises with every change of the rows, of the books and of the contactor."""
    controller: Controller = field(init=False)
    _is_network_up: bool | None = None
    _is_restarter_broken: bool = False
    _lines: list[str] = field(default_factory=list)
    _inbox: deque[Event] = field(default_factory=deque)
    _batch: list[Row] = field(default_factory=list)
    _batch_number: int = 1
    _committed: int = 0
    _awaited: int = 0
    _outward: deque[tuple[int, Effect]] = field(default_factory=deque)
    _answer: Answer | None = None

    def __post_init__(self) -> None:
        self.controller = self._new_controller()

    @property
    def house(self) -> House:
        """Charts, routes, key table and product."""
        return house(self.profile)

    def _new_controller(self) -> Controller:
        table = self.house.table
        return Controller(self.house, changed(table, table.defaults(), self.factory))

    # ---- events, time and power ----------------------------------------------------------------

    def wait(self, seconds: float) -> None:
        """Time passes; timers fire at their own time."""
        end_s = self.world.time_s + seconds
        while not self.is_down:
            times_s = (self.controller.next_deadline_s, self.disk.next_try_s)
            next_s = min((time_s for time_s in times_s if time_s is not None), default=end_s + 1)
            if next_s > end_s + 1e-9:
                break
            self.world.time_s = max(self.world.time_s, next_s)
            done = self.controller.expire(self.world.now())
            if done is None:
                self._try_again()
            else:
                self._carry_out(done)
            self._work()
        self.world.time_s = max(self.world.time_s, end_s)

    def take(self, event: Event) -> None:
        """An event from outside, and the answers that it leads to."""
        self.world.see(event)
        self.workshop.see(event)
        if self.is_down:
            if not isinstance(event, Plugged | Unplugged | EvAsked | EvPaused):
                raise ScenarioError("there is no power: the step before is 'power on'")
            return
        self._inbox.append(event)
        self._work()

    def _work(self) -> None:
        while self._inbox and not self.is_down:
            event = self._inbox.popleft()
            self._answer = answer_in(event, self.controller.condition.dialogue.pending)
            self._carry_out(self.controller.handle(event, self.world.now()))

    def power_off(self, why: str) -> None:
        """The process ends and the hardware lets go; nothing else survives but rows."""
        self.is_down = True
        self.world.is_closed = self.world.is_offered = False
        self.server.under_way = None
        self._inbox.clear()
        self._batch.clear()
        self._outward.clear()
        self.disk.forget()
        self.world.time_s += 1.0
        self._lines.append(f"({why})")

    def power_on(self) -> None:
        """A new process reads the rows; the levels of the inputs are for the scenario to tell."""
        self.controller = self._new_controller()
        self.workshop.start()
        rows = [Put(*place, body) for place, body in sorted(self.rows.items())]
        others = [row for row in rows if row.kind != "call"]
        calls = [row for row in rows if row.kind == "call"]
        self.is_down = False
        self._carry_out(self.controller.begin(others, calls[: WINDOW + 1], self.world.now()))
        self._lines += [f"NOTE {note}" for note in self.controller.notes]
        self._work()

    @property
    def is_online(self) -> bool:
        """A frame can be sent and received."""
        return not self.is_down and self.controller.condition.facts.is_online

    # ---- effects ---------------------------------------------------------------------------------

    def _carry_out(self, done: Done) -> None:
        self._lines += done.lines(self.world.time_s, lambda tag: tag)
        if self.on_step is not None:
            for item in done.trace:
                if isinstance(item, Step):
                    self.on_step(item)
        fault = self.controller.fault
        if fault is not None:
            self._lines.append(f"FAULT {fault}")
        for effect in done.safe:
            self._before()
            self._make_safe(effect)
        self._batch += done.rows
        if done.is_awaited:
            self._awaited = self._batch_number
        self._outward.extend((self._awaited, effect) for effect in done.outward)
        self._commit()

    def _before(self) -> None:
        if self.on_effect is not None:
            self.on_effect(self)

    def _make_safe(self, effect: Effect) -> None:
        match effect:
            case OpenContactor():
                self._cancel(CloseContactor(effect.connector_id))
                self.changes += self.world.is_closed
                self.world.is_closed = False
            case WithdrawCurrent():
                self._cancel(OfferCurrent(effect.connector_id))
                self.world.is_offered = False
            case ThinCalls():
                self._thin(effect)
            case _ if type(effect) in STARTS:
                self._cancel_where(lambda waiting: isinstance(waiting, STARTS[type(effect)]))
                self.workshop.do(effect)

    def _cancel(self, waiting: Effect) -> None:
        self._cancel_where(lambda effect: effect == waiting)

    def _cancel_where(self, is_over: Callable[[Effect], bool]) -> None:
        over = [item for item in self._outward if is_over(item[1])]
        self._lines += [f"(cancelled: {type(effect).__name__})" for _, effect in over]
        self._outward = deque(item for item in self._outward if item not in over)

    def _commit(self) -> None:
        """Outward effects go when the rows that they wait for are durable, and no later."""
        self._release()
        if self._batch and self.disk.is_ready:
            is_stored = self.disk.takes(self._batch)
            if is_stored:
                self._before()
                self._store(self._batch)
                self._batch = []
                self._committed = self._batch_number
                self._batch_number += 1
            self._inbox += self.disk.told(self.world.time_s, is_stored=is_stored)
        if not self._batch:
            self._settle()
        self._release()

    def _thin(self, effect: ThinCalls) -> None:
        gone = thin_calls(self, key_of_call(effect.after_seq))
        if gone:
            self._lines.append(f"({gone} messages thinned out)")
            self._try_again()

    def _try_again(self) -> None:
        """Rows that found no room."""
        self.disk.next_try_s = None
        self._commit()

    def _release(self) -> None:
        while self._outward and self._outward[0][0] <= self._committed:
            self._before()
            self._go_out(self._outward.popleft()[1])

    def _settle(self) -> None:
        """The answer that this turn is about need not come again."""
        if self._answer is not None:
            self.server.books.settled[self._answer.message_id] = self._answer.payload
            self._answer = None

    def load_calls(self, after_key: str, limit: int) -> list[Put]:
        """As ``ports.Storage`` does."""
        keys = sorted(key for kind, key in self.rows if kind == "call" and key > after_key)
        return [Put("call", key, self.rows["call", key]) for key in keys[:limit]]

    def commit(self, rows: Sequence[Row]) -> None:
        """A transaction of its own that thins the messages. Raises StorageFullError."""
        if not self.disk.takes(rows):
            raise StorageFullError("the scenario says that the disk is full")
        self._before()
        before = dict(self.rows)
        self._store(list(rows))
        for place in before.keys() - self.rows.keys():
            self.ledger.thin(before[place])

    def _store(self, rows: list[Row]) -> None:
        self.changes += 1
        for row in rows:
            self.ledger.row(row)
            self.workshop.row(row)
            if isinstance(row, Put):
                self.rows[row.kind, row.key] = row.body
            else:
                self.rows.pop((row.kind, row.key), None)

    def _go_out(self, effect: Effect) -> None:
        match effect:
            case CloseContactor():
                self.ledger.command("contactor closed")
                self.changes += 1
                self.world.is_closed = True
                self._inbox.append(CloseSent(effect.connector_id))
            case OfferCurrent():
                self.ledger.command("current offered")
                self.world.is_offered = True
            case SendFrame():
                self.changes += 1
                answer = self.server.take(effect.text, self.world.time_s)
                if answer is not None:
                    self._inbox.append(FrameReceived(answer))
            case OpenLink() if self._is_network_up is not None:
                self._inbox.append(LinkOpened() if self._is_network_up else LinkFailed())
            case LoadCalls():
                limit = effect.limit
                rows = self.load_calls(key_of_call(effect.after_seq), limit + 1)
                self._inbox.append(self.controller.loaded(rows, limit))
            case Restart() if self._is_restarter_broken:
                self._inbox.append(RestartFailed())
            case Restart() | EndProcess():
                self.power_off("the process ends")
            case _:
                outcome = self.workshop.do(effect)
                if outcome is not None:
                    self._inbox.append(outcome)
