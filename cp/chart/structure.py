"""Checks of a chart against itself: names, order, reachability, status.

Theory of operation: each check looks at one rule of the dialect and adds findings; none stops at
the first one and none depends on another having passed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from cp.chart.document import ChartDocument, StateDocument, TimerKind, TransitionDocument
from cp.chart.guards import Guard, GuardSyntaxError, parse, terms
from cp.chart.names import nearest
from cp.vocabulary.errors import Finding
from cp.vocabulary.events import CALL_EVENTS, EVENTS, UNROUTED

MAX_STATES: Final = 25


@dataclass(slots=True)
class Subject:
    """The chart under examination: its document, its tree, its parsed guards, its findings."""

    document: ChartDocument
    states: dict[str, StateDocument] = field(init=False)
    guards: dict[str, Guard] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.states = {state.id: state for state in self.document.states}

    def find(self, line: int, message: str) -> None:
        """Add one finding of this chart's file."""
        self.findings.append(Finding(self.document.file, line, message))

    def ancestors(self, state_id: str) -> tuple[str, ...]:
        """The compound states around a state, inner first."""
        parent = self.states[state_id].parent
        return () if parent is None else (parent, *self.ancestors(parent))

    def entered(self, target: str) -> frozenset[str]:
        """Everything that is active once ``target`` has been entered."""
        descent = [target]
        while children := self.states[descent[-1]].children:
            descent.append(children[0])
        return frozenset((*self.ancestors(target), *descent))

    def moves(self, state_id: str) -> Iterable[str]:
        """The existing targets of a state's own transitions."""
        for transition in self.states[state_id].transitions:
            if transition.target in self.states:
                yield transition.target


def check_structure(subject: Subject) -> None:
    """Add the findings of every check in this module."""
    for check in _CHECKS:
        check(subject)


def _check_size(subject: Subject) -> None:
    count = len(subject.states)
    if count > MAX_STATES:
        subject.find(1, f"{count} states; a chart has at most {MAX_STATES}: cut it in two")


def _check_events(subject: Subject) -> None:
    known = EVENTS.keys() - UNROUTED
    for transition in subject.document.transitions:
        event = transition.event
        if transition.timer is None and event and event not in known:
            hint = nearest(event, known)
            subject.find(transition.line, f"event '{event}' is not in cp.vocabulary.events{hint}")


def _check_targets(subject: Subject) -> None:
    for transition in subject.document.transitions:
        target = transition.target
        if target is not None and target not in subject.states:
            hint = nearest(target, subject.states)
            subject.find(transition.line, f"target '{target}' is no state of this chart{hint}")


def _check_guards(subject: Subject) -> None:
    for transition in subject.document.transitions:
        if not transition.guard:
            continue
        try:
            guard = parse(transition.guard)
        except GuardSyntaxError as error:
            subject.find(transition.line, str(error))
            continue
        subject.guards[transition.id] = guard
        for term in terms(guard):
            if term.is_state and term.name not in subject.states:
                hint = nearest(term.name, subject.states)
                subject.find(transition.line, f"{term} names no state of this chart{hint}")


def _check_order(subject: Subject) -> None:
    """Two unguarded transitions on one event, or one behind an unguarded one: the first wins."""
    for state in subject.document.states:
        certain: dict[str, TransitionDocument] = {}
        for transition in state.transitions:
            event = transition.event
            if event in certain:
                subject.find(
                    transition.line,
                    f"never taken: line {certain[event].line} takes every '{event}' of"
                    f" '{state.id}'; put the unguarded transition last",
                )
            elif event and not transition.guard:
                certain[event] = transition


def _check_answers(subject: Subject) -> None:
    """A CALL gets an answer and a one-shot timer has a consequence, whatever the guards say."""
    for state in subject.document.states:
        last = {item.event: item for item in state.transitions}
        for event, transition in last.items():
            is_call = event in CALL_EVENTS
            if not transition.guard or not (is_call or transition.timer is TimerKind.AFTER):
                continue
            around = subject.ancestors(state.id) if is_call else ()
            if not any(
                item.event == event and not item.guard
                for ancestor in around
                for item in subject.states[ancestor].transitions
            ):
                place = "here or in a state around it" if is_call else "in this state"
                subject.find(
                    transition.line,
                    f"every '{event}' of '{state.id}' is guarded; add an unguarded one {place}",
                )


def _check_entries(subject: Subject) -> None:
    reached: set[str] = set()
    waiting = set(subject.entered(subject.document.initial))
    while waiting:
        state_id = waiting.pop()
        reached.add(state_id)
        for target in subject.moves(state_id):
            waiting |= subject.entered(target) - reached
    for state in subject.document.states:
        if state.id not in reached:
            subject.find(state.line, f"nothing enters state '{state.id}'; draw a way or remove it")


def _check_exits(subject: Subject) -> None:
    for state in subject.document.states:
        if state.is_final and (state.transitions or state.children):
            subject.find(state.line, f"final state '{state.id}' has transitions or states in it")
        if state.is_final or state.children:
            continue
        around = (state.id, *subject.ancestors(state.id))
        if not any(
            state.id not in subject.entered(target)
            for source in around
            for target in subject.moves(source)
        ):
            subject.find(
                state.line, f"nothing leaves state '{state.id}'; draw a way or write final = true"
            )


def _check_status(subject: Subject) -> None:
    has_status = any(state.status is not None for state in subject.document.states)
    for state in subject.document.states:
        if state.is_silent and (state.status is not None or state.children):
            subject.find(state.line, f"'silent' is for a leaf without status, not for '{state.id}'")
        if not has_status or state.children:
            continue
        inherits = any(subject.states[item].status for item in subject.ancestors(state.id))
        if state.is_silent and inherits:
            subject.find(
                state.line, f"silent state '{state.id}' has the status of the one around it"
            )
        if not (state.is_silent or state.status or inherits):
            subject.find(state.line, f"state '{state.id}' needs a status, or silent = true")


_CHECKS: Final[tuple[Callable[[Subject], None], ...]] = (
    _check_size,
    _check_events,
    _check_targets,
    _check_guards,
    _check_order,
    _check_answers,
    _check_entries,
    _check_exits,
    _check_status,
)
