"""Checks of a chart against its behavior class: the two name the same methods, in the same roles.

Theory of operation: what the chart names must be a public method that the class defines itself,
and what the class defines must be named by the chart. A misspelt name is then a finding on both
sides, where the engine alone would be silent.
"""

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from enum import StrEnum
from types import FunctionType, NoneType
from typing import Final

from cp.chart.document import TransitionDocument
from cp.chart.guards import names
from cp.chart.names import nearest
from cp.chart.structure import Subject
from cp.vocabulary.constants import CONSTANTS
from cp.vocabulary.facts import GUARD_FACTS
from cp.vocabulary.lean import dataclass

_CONVENTIONS: Final = ("on_", "before_", "after_", "prepare_event")
"""Names that the engine binds by convention; a reader would think that it does so here."""


class Role(StrEnum):
    """What a public method is for."""

    ACTION = "action"
    GUARD = "guard"
    DURATION = "duration"


@dataclass(frozen=True, slots=True)
class _Use:
    name: str
    role: Role
    line: int


def check_binding(subject: Subject, behavior: type, key_names: Collection[str]) -> None:
    """Add every finding about names of methods, facts and durations.

    ``key_names`` are the configuration keys that a timer may name.
    """
    methods = _methods(subject, behavior)
    uses = [
        *_actions(subject),
        *_guards(subject, methods),
        *_durations(subject, methods, key_names),
    ]
    for use in uses:
        if use.name not in methods:
            hint = nearest(use.name, methods.keys() | (GUARD_FACTS if use.role == "guard" else ()))
            what = " or fact" if use.role is Role.GUARD else ""
            subject.find(
                use.line, f"{use.role} '{use.name}' is no method of {behavior.__name__}{what}{hint}"
            )
    used = {use.name for use in uses}
    for name in methods.keys() - used:
        _find_in_class(subject, behavior, f"method '{name}' is used by no transition or state")
    _check_roles(subject, behavior, methods, uses)


# ---- what the chart names ------------------------------------------------------------------------


def _actions(subject: Subject) -> Iterator[_Use]:
    for state in subject.document.states:
        for name in (*state.enter, *state.exit):
            yield _Use(name, Role.ACTION, state.line)
        for transition in state.transitions:
            for name in transition.actions:
                yield _Use(name, Role.ACTION, transition.line)


def _guards(subject: Subject, methods: Mapping[str, FunctionType]) -> Iterator[_Use]:
    for transition in subject.document.transitions:
        guard = subject.guards.get(transition.id)
        for name in names(guard) if guard is not None else ():
            if name not in GUARD_FACTS:
                yield _Use(name, Role.GUARD, transition.line)
            elif name in methods:
                subject.find(transition.line, f"'{name}' is a fact and a method; rename the method")


def _durations(
    subject: Subject, methods: Mapping[str, FunctionType], key_names: Collection[str]
) -> Iterator[_Use]:
    for transition in subject.document.transitions:
        if transition.timer is not None and _is_duration(subject, transition, methods, key_names):
            yield _Use(transition.timer_key, Role.DURATION, transition.line)


def _is_duration(
    subject: Subject,
    transition: TransitionDocument,
    methods: Mapping[str, FunctionType],
    key_names: Collection[str],
) -> bool:
    """Whether a timer's value comes from a method; what it comes from must be certain."""
    key = transition.timer_key
    sources = {
        "a configuration key": key_names,
        "a product constant": CONSTANTS,
        "a method": methods,
    }
    found = [what for what, known in sources.items() if key in known]
    if len(found) > 1:
        subject.find(transition.line, f"'{key}' is {' and '.join(found)}; rename one of them")
    if not found:
        hint = nearest(key, {*key_names, *CONSTANTS, *methods})
        what = "configuration key, product constant or method"
        subject.find(transition.line, f"'{transition.timer} = {key}' names no {what}{hint}")
    if found == ["a method"] and not key.endswith("_s"):
        subject.find(transition.line, f"duration '{key}' must end in '_s', for seconds")
    return "a method" in found


# ---- what the class has --------------------------------------------------------------------------


def _find_in_class(subject: Subject, behavior: type, message: str) -> None:
    subject.find(1, f"{behavior.__module__}.{behavior.__name__}: {message}")


def _methods(subject: Subject, behavior: type) -> dict[str, FunctionType]:
    """The public functions that the class defines itself; anything else public is a finding."""
    methods: dict[str, FunctionType] = {}
    for name, value in vars(behavior).items():
        if name.startswith("_") or name == "Fields":
            continue
        if not isinstance(value, FunctionType):
            _find_in_class(
                subject, behavior, f"'{name}' is public and no method; hide it as _{name}"
            )
            continue
        methods[name] = value
        if inspect.iscoroutinefunction(value) or inspect.isgeneratorfunction(value):
            _find_in_class(subject, behavior, f"method '{name}' must be a plain function")
        if len(inspect.signature(value).parameters) != 1:
            _find_in_class(subject, behavior, f"method '{name}' must take no arguments but self")
        if name.startswith(_CONVENTIONS):
            _find_in_class(subject, behavior, f"method '{name}' is named like a hook of the engine")
    return methods


def _check_roles(
    subject: Subject, behavior: type, methods: Mapping[str, FunctionType], uses: list[_Use]
) -> None:
    roles: dict[str, set[Role]] = {}
    for use in uses:
        roles.setdefault(use.name, set()).add(use.role)
    for name in sorted(roles.keys() & methods.keys()):
        if len(roles[name]) > 1:
            both = " and ".join(sorted(roles[name]))
            _find_in_class(subject, behavior, f"'{name}' is used as {both}; write two methods")
            continue
        role = next(iter(roles[name]))
        returned = _returned(methods[name])
        if not _FITS[role](returned):
            _find_in_class(
                subject, behavior, f"{role} '{name}' must be annotated '-> {_ANNOTATIONS[role]}'"
            )


def _returned(method: FunctionType) -> str:
    """The return annotation as text, empty if there is none."""
    annotation = method.__annotations__.get("return", "")
    if annotation is None or annotation is NoneType:
        return "None"
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


_ANNOTATIONS: Final[Mapping[Role, str]] = {
    Role.ACTION: "None",
    Role.GUARD: "bool",
    Role.DURATION: "float | None",
}
_FITS: Final[Mapping[Role, Callable[[str], bool]]] = {
    Role.ACTION: lambda text: text in {"", "None"},
    Role.GUARD: lambda text: text == "bool",
    Role.DURATION: lambda text: text in {"float", "int", "float | None", "int | None"},
}
