"""A chart as it was read: frozen records with line numbers. Exporters, checkers and the engine
all start from these, so that the picture and the program cannot differ."""

from enum import StrEnum

from cp.vocabulary.lean import dataclass
from cp.vocabulary.words import ChargePointStatus


class TimerKind(StrEnum):
    """How a timed transition is armed (DESIGN, dialect)."""

    AFTER = "after"
    EVERY = "every"
    AT = "at"


@dataclass(frozen=True, slots=True)
class TransitionDocument:
    """One transition.

    ``id``       ``SOURCE-EVENT-K``, K counting from 1 among the source's transitions on that event.
    ``event``  the event's name, or for a timed transition ``after_KEY``, ``every_KEY``, ``at_KEY``.
    ``timer``    kind of a timed transition, else None; ``timer_key`` what its value is read from.
    ``guards``   the guard as written, empty if there is none.
    ``target``   None: stays in its state, nothing is left or entered.
    """

    id: str
    source: str
    event: str
    guard: str
    target: str | None
    actions: tuple[str, ...]
    timer: TimerKind | None
    timer_key: str
    doc: str
    req: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class StateDocument:
    """One state; ``parent`` is the compound state it lies in, None at the top.

    ``children`` in document order; the first one is entered first, at every level.
    """

    id: str
    parent: str | None
    children: tuple[str, ...]
    enter: tuple[str, ...]
    exit: tuple[str, ...]
    transitions: tuple[TransitionDocument, ...]
    status: ChargePointStatus | None
    is_silent: bool
    is_final: bool
    doc: str
    req: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class ChartDocument:
    """One chart; ``states`` in document order, parents before their children or not.

    ``file`` as shown in findings; ``sha256`` of the text, for exports and the layout lock.
    """

    name: str
    doc: str
    file: str
    sha256: str
    states: tuple[StateDocument, ...]

    def state(self, state_id: str) -> StateDocument:
        """The state with this id. Raises KeyError."""
        for state in self.states:
            if state.id == state_id:
                return state
        raise KeyError(state_id)

    @property
    def transitions(self) -> tuple[TransitionDocument, ...]:
        """All transitions in document order."""
        return tuple(item for state in self.states for item in state.transitions)

    @property
    def initial(self) -> str:
        """The top-level state that is entered first."""
        return next(state.id for state in self.states if state.parent is None)
