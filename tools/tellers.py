"""Which chart tells which event: read from the syntax trees of the behavior classes.

An action tells an event by constructing it (``self._tell(OfferOrdered())``); a CALL of ours is told
as ``call_created`` by ``self._call``. Nothing is run, so that no path is missed.
"""

import ast
import inspect
import textwrap
from collections.abc import Mapping

from cp.vocabulary.events import EVENTS

_CALL = "_call"
_CALL_EVENT = "call_created"


def tellers(behaviors: Mapping[str, type]) -> dict[str, tuple[str, ...]]:
    """Event name to the charts whose behavior tells it, in order of ``behaviors``."""
    found: dict[str, list[str]] = {}
    for chart, behavior in behaviors.items():
        for event in sorted(_told_by(behavior)):
            found.setdefault(event, []).append(chart)
    return {event: tuple(charts) for event, charts in found.items()}


def _told_by(behavior: type) -> set[str]:
    classes = {kind.__name__: name for name, kind in EVENTS.items()}
    told: set[str] = set()
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(behavior)))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = classes.get(node.func.id)
            told |= {name} if name else set()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            told |= {_CALL_EVENT} if node.func.attr == _CALL else set()
    return told
