"""Charts as SCXML (W3C), for the simulators, model checkers and editors of others.

Theory of operation: states, order, guards and actions translate one to one. What a guard asks
becomes a boolean of the datamodel that the user of the file sets, an action a ``log`` with its name
(SCXML has no word for "call the program"). A timer is a delayed ``send`` on entry and a ``cancel``
on exit; its value is a variable, for a computed one ``0s``, which is off. An ``at`` is written as
``every``: SCXML has no clock. Where our dialect says nothing, so does SCXML: the first transition
whose guard holds, inner states before outer ones. Statuses, requirements and descriptions are
attributes in a namespace of their own.
"""

from collections.abc import Callable, Iterator
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from cp.chart import ChartDocument, StateDocument, TimerKind, TransitionDocument
from cp.chart.guards import Both, Either, Guard, Not, Term, names, parse
from cp.vocabulary.constants import CONSTANTS
from cp.vocabulary.keys import GENERIC

_SCXML: Final = "http://www.w3.org/2005/07/scxml"
_OURS: Final = "urn:statecharge:chart"

SecondsOf = Callable[[str], float]
"""Factory value of a timer's key in seconds; 0 for one that the behavior computes."""


def factory_seconds(key: str) -> float:
    """Value of a product constant or default of a configuration key, in seconds; else 0."""
    if key in CONSTANTS:
        return CONSTANTS[key]
    spec = GENERIC.find(key)
    return float(spec.default) if spec is not None else 0.0


def timer_event(transition: TransitionDocument) -> str:
    """The event by which a timer of a state fires; no event from outside is called so."""
    return f"timer.{transition.source}.{transition.event}"


def to_scxml(chart: ChartDocument, seconds_of: SecondsOf = factory_seconds) -> str:
    """The SCXML text of a chart that has no findings, ending with a newline."""
    root = Element(
        "scxml",
        {"xmlns": _SCXML, "xmlns:sc": _OURS, "version": "1.0", "name": chart.name}
        | {"datamodel": "ecmascript", "initial": chart.initial, "sc:doc": chart.doc},
    )
    _add_datamodel(root, chart, seconds_of)
    for state in chart.states:
        if state.parent is None:
            _add_state(root, chart, state)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _add_datamodel(root: Element, chart: ChartDocument, seconds_of: SecondsOf) -> None:
    data = SubElement(root, "datamodel")
    guards = [parse(item.guard) for item in chart.transitions if item.guard]
    for name in dict.fromkeys(name for guard in guards for name in names(guard)):
        SubElement(data, "data", {"id": name, "expr": "false"})
    for key in dict.fromkeys(item.timer_key for item in chart.transitions if item.timer):
        SubElement(data, "data", {"id": key, "expr": f"'{seconds_of(key):g}s'"})


# ---- states --------------------------------------------------------------------------------------


def _add_state(parent: Element, chart: ChartDocument, state: StateDocument) -> None:
    attributes = {"id": state.id}
    if state.children:
        attributes["initial"] = state.children[0]
    if state.status is not None:
        attributes["sc:status"] = str(state.status)
    element = SubElement(parent, "state", attributes | _words(state))
    timers = {item.event: item for item in state.transitions if item.timer}
    if state.enter or timers:
        enter = SubElement(element, "onentry")
        _add_actions(enter, state.enter)
        for timer in timers.values():
            _arm(enter, timer)
    if state.exit or timers:
        leave = SubElement(element, "onexit")
        for timer in timers.values():
            SubElement(leave, "cancel", {"sendid": timer_event(timer)})
        _add_actions(leave, state.exit)
    for transition in _with_fallbacks(state):
        _add_transition(element, transition)
    for child in state.children:
        _add_state(element, chart, chart.state(child))


def _with_fallbacks(state: StateDocument) -> Iterator[TransitionDocument]:
    """The transitions, and behind a period whose transitions are all guarded one without a guard
    and without any effect: the period goes on although nothing was done."""
    last = {item.event: item for item in state.transitions}
    for item in state.transitions:
        yield item
        if item is last[item.event] and item.guard and _is_periodic(item):
            yield _silent(item)


def _silent(item: TransitionDocument) -> TransitionDocument:
    return TransitionDocument(
        item.id,
        item.source,
        item.event,
        "",
        None,
        (),
        item.timer,
        item.timer_key,
        "",
        (),
        item.line,
    )


def _is_periodic(item: TransitionDocument) -> bool:
    return item.timer in (TimerKind.EVERY, TimerKind.AT)


def _words(item: StateDocument | TransitionDocument) -> dict[str, str]:
    found = {"sc:doc": item.doc, "sc:req": ", ".join(item.req)}
    return {key: value for key, value in found.items() if value}


# ---- transitions ---------------------------------------------------------------------------------


def _add_transition(parent: Element, item: TransitionDocument) -> None:
    attributes = {"event": timer_event(item) if item.timer else item.event}
    if item.guard:
        attributes["cond"] = _condition(parse(item.guard))
    if item.target is not None:
        attributes["target"] = item.target
    element = SubElement(parent, "transition", attributes | _words(item))
    if _is_periodic(item) and item.target is None:
        _arm(element, item)
    _add_actions(element, item.actions)


def _add_actions(parent: Element, actions: tuple[str, ...]) -> None:
    for name in actions:
        SubElement(parent, "log", {"label": "action", "expr": f"'{name}'"})


def _arm(parent: Element, timer: TransitionDocument) -> None:
    key, event = timer.timer_key, timer_event(timer)
    if_ = SubElement(parent, "if", {"cond": f"{key} != '0s'"})
    SubElement(if_, "send", {"id": event, "event": event, "delayexpr": key})


def _condition(guard: Guard) -> str:
    """The guard in ECMAScript; ``=== false`` because Python's readers know it too."""
    match guard:
        case Term(name, is_state):
            return f"In('{name}')" if is_state else name
        case Not(operand):
            return f"({_condition(operand)} === false)"
        case Both(left, right):
            return f"({_condition(left)} && {_condition(right)})"
        case Either(left, right):
            return f"({_condition(left)} || {_condition(right)})"
