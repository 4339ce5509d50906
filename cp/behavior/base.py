"""What every behavior has: the arguments of the present step and a list for its effects."""

from typing import ClassVar, Generic, TypeVar

from cp.vocabulary.context import Context
from cp.vocabulary.effects import Effect, Know, Record, Reply, Tell
from cp.vocabulary.events import CALL_EVENTS, CallCreated, Event, name_of
from cp.vocabulary.facts import OWNERS, Facts
from cp.vocabulary.instants import Now
from cp.vocabulary.keys import KeyValues
from cp.vocabulary.lean import replace
from cp.vocabulary.records import Entry
from cp.vocabulary.requests import Lane, Request

E = TypeVar("E", bound=Event)
F = TypeVar("F")


class Behavior(Generic[F]):
    """Base of the behavior classes: small named methods, one class per chart.

    A public method of a subclass is an action (returns nothing, emits effects), a guard (returns a
    bool, changes nothing, may be called several times) or a duration (ends in ``_s``). Helpers
    start with an underscore: the chart cannot name them.

    The chart room loads fields and context before a step and takes fields and effects after it;
    one object serves all machines of its chart.
    """

    Fields: ClassVar[type]
    """Frozen dataclass of this chart's own data; built without arguments when a machine begins."""

    _connector_id: int
    _fields: F
    _context: Context
    _effects: list[Effect]

    def _load(self, connector_id: int, fields: F, context: Context) -> None:
        self._connector_id = connector_id
        self._fields = fields
        self._context = context
        self._effects = []

    def _unload(self) -> tuple[F, tuple[Effect, ...]]:
        return self._fields, tuple(self._effects)

    # ---- what a step may see ---------------------------------------------------------------------

    def _event(self, kind: type[E]) -> E:
        """The event of this step; a chart that names the wrong action is a fault of our own."""
        event = self._context.event
        if not isinstance(event, kind):
            raise TypeError(f"{type(self).__name__}: {name_of(kind)} expected, got {event!r}")
        return event

    @property
    def _now(self) -> Now:
        return self._context.now

    @property
    def _facts(self) -> Facts:
        return self._context.facts

    @property
    def _keys(self) -> KeyValues:
        return self._context.keys

    # ---- what a step may do ----------------------------------------------------------------------

    def _emit(self, effect: Effect) -> None:
        self._effects.append(effect)

    def _tell(self, event: Event) -> None:
        self._emit(Tell(event))

    def _record(self, entry: Entry) -> None:
        self._emit(Record(entry))

    def _call(self, lane: Lane, request: Request) -> None:
        self._emit(Tell(CallCreated(lane, request)))

    def _reply(self, **payload: object) -> None:
        """Answer the CALL that this step handles."""
        event = self._context.event
        if name_of(event) not in CALL_EVENTS:
            raise TypeError(f"{type(self).__name__}: {name_of(event)} is no CALL")
        self._emit(Reply(str(getattr(event, "call_id")), payload))  # noqa: B009

    def _know(self, fact: str, value: object) -> None:
        """Write a fact of our own; it holds for the rest of this step too."""
        owner = OWNERS[fact]
        if owner != self._machine:
            raise TypeError(f"{self._machine} wrote {fact}, which belongs to {owner}")
        self._emit(Know(fact, value))

    @property
    def _machine(self) -> str:
        """``chart.connector_id``, as transcripts show it."""
        stem = type(self).__module__.rpartition(".")[2]
        return f"{stem}.{self._connector_id}"

    def _set(self, **changes: object) -> None:
        """Change our own fields."""
        self._fields = replace(self._fields, **changes)  # type: ignore[type-var]
