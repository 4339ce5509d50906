"""Names that a chart may use, and the nearest known one for a name that it may not.

Shared by reader, checker and routes, so that every finding speaks alike.
"""

import re
from collections.abc import Iterable
from typing import Final

_SNAKE: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_TIMER_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[a-z0-9]+)*")

_RESERVED_WORDS: Final = """
activate_initial_state active_listeners add_listener allow_event_without_transition
allowed_events atomic_configuration_update bind_events_to cancel_event catch_errors_as_events
configuration configuration_values current_state current_state_value
enable_self_transition_entries enabled_events events final_states history_values id
initial_state is_terminated model name prepare raise_ send start_configuration_values
state_field states states_map
event event_data machine source state target transition
and or not in is true false null after every at"""

RESERVED: Final[frozenset[str]] = frozenset(_RESERVED_WORDS.split())
"""Words that no state may be called: attributes of the engine's machines (a state of that name
breaks at or after construction), words that the engine injects, and words of the dialect. A test
compares them with the installed engine."""


def is_snake(name: str) -> bool:
    """Whether ``name`` is in snake case: lower-case words joined by single underscores."""
    return _SNAKE.fullmatch(name) is not None


def is_timer_key(name: str) -> bool:
    """Whether ``name`` has the form of a configuration key or of a duration in snake case."""
    return _TIMER_KEY.fullmatch(name) is not None


def nearest(name: str, known: Iterable[str]) -> str:
    """A half sentence that names the nearest known name, or nothing if none is near."""
    import difflib  # only a mistake pays for it

    by_folded = {item.lower(): item for item in sorted(known)}
    close = difflib.get_close_matches(name.lower(), by_folded, n=1, cutoff=0.6)
    return f"; did you mean '{by_folded[close[0]]}'?" if close else ""
