"""Who gets which event, and who answers which CALL: ``charts/routes.toml`` as frozen records.

Theory of operation: three tables. ``[events]`` lists for each event the charts that get it, in
order, safety first. ``[machines]`` lists the connector ids of each chart. ``[calls.ACTION]`` says
how a CALL of the central system is answered: by the one chart that decides, with a constant, with
an error, or by a pure function of the controller. An event or a call that is not listed is a
finding, so that nothing is ignored by accident.
"""

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field
from typing import Final

from cp.chart.document import ChartDocument
from cp.chart.names import nearest
from cp.vocabulary.errors import Finding
from cp.vocabulary.events import CALL_EVENTS, EVENTS, UNROUTED, Event, name_of
from cp.vocabulary.lean import dataclass
from cp.vocabulary.words import Action, CallErrorCode

STATION_ACTIONS: Final = frozenset(
    {
        Action.AUTHORIZE,
        Action.BOOT_NOTIFICATION,
        Action.DIAGNOSTICS_STATUS_NOTIFICATION,
        Action.FIRMWARE_STATUS_NOTIFICATION,
        Action.HEARTBEAT,
        Action.LOG_STATUS_NOTIFICATION,
        Action.METER_VALUES,
        Action.SECURITY_EVENT_NOTIFICATION,
        Action.SIGN_CERTIFICATE,
        Action.SIGNED_FIRMWARE_STATUS_NOTIFICATION,
        Action.START_TRANSACTION,
        Action.STATUS_NOTIFICATION,
        Action.STOP_TRANSACTION,
    }
)
"""Actions that only a station sends (``S 4``); all others may come from the central system."""

Payload = Mapping[str, object]
"""The content of a CALLRESULT, as OCPP JSON."""


@dataclass(frozen=True, slots=True)
class CallRoute:
    """How one action is answered; exactly one of ``event answer error domain`` is filled.

    ``event``    the event that the CALL becomes, and with it ``decides``, the chart whose machine
                 answers, and ``refusal``, sent when that machine takes no transition.
    ``answer``   the constant answer.
    ``error``    the CALLERROR code.
    ``domain``   name of the controller's function that answers.
    """

    action: Action
    event: str = ""
    decides: str = ""
    refusal: Payload | None = None
    answer: Payload | None = None
    error: CallErrorCode | None = None
    domain: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Routes:
    """All three tables; ``lines`` by ``table`` and ``table.key``, for findings."""

    file: str
    events: Mapping[str, tuple[str, ...]]
    connectors: Mapping[str, tuple[int, ...]]
    calls: Mapping[Action, CallRoute]
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)

    @property
    def machines(self) -> tuple[str, ...]:
        """Every machine, in the order of ``[machines]``."""
        return tuple(name for chart in self.connectors for name in self._machines_of(chart, None))

    def machines_for(self, event: Event) -> tuple[str, ...]:
        """The machines that get ``event``, in order; none for a connector that does not exist."""
        connector_id: int | None = getattr(event, "connector_id", None)
        return tuple(
            name
            for chart in self.events[name_of(event)]
            for name in self._machines_of(chart, connector_id)
        )

    def call_of(self, event: Event) -> CallRoute | None:
        """How the CALL that became ``event`` is answered; None if ``event`` is no CALL."""
        name = name_of(event)
        return next((route for route in self.calls.values() if route.event == name), None)

    def decider_of(self, event: Event) -> str | None:
        """The machine that answers this CALL; None if there is none: send the refusal then."""
        route = self.call_of(event)
        if route is None:
            return None
        charts = {name: name.rpartition(".")[0] for name in self.machines_for(event)}
        return next((name for name, chart in charts.items() if chart == route.decides), None)

    def finding(self, place: str, message: str) -> Finding:
        """A finding at ``table.key``, or at its table where the key is missing."""
        table = place.rpartition(".")[0]
        return Finding(self.file, self.lines.get(place, self.lines.get(table, 0)), message)

    def _machines_of(self, chart: str, connector_id: int | None) -> tuple[str, ...]:
        ids = self.connectors[chart]
        return tuple(f"{chart}.{item}" for item in ids if connector_id in (None, item))


_Charts = Mapping[str, ChartDocument | None]
"""By name; None for a chart that cannot be read: what it does is not known."""


def check_routes(
    routes: Routes, documents: Iterable[ChartDocument], unread: Collection[str] = ()
) -> tuple[Finding, ...]:
    """What the routes and the charts do not agree about, sorted.

    ``unread`` charts exist, but have findings of their own in place of a document.
    """
    charts: _Charts = dict.fromkeys(unread) | {item.name: item for item in documents}
    findings = [
        *_check_machines(routes, charts),
        *_check_events(routes, charts),
        *_check_transitions(routes, charts),
        *_check_calls(routes, charts),
        *_check_call_events(routes),
    ]
    return tuple(sorted(set(findings)))


def _check_machines(routes: Routes, charts: _Charts) -> Iterator[Finding]:
    for chart in routes.connectors:
        if chart not in charts:
            yield routes.finding(f"machines.{chart}", f"no chart '{chart}'{nearest(chart, charts)}")
    for chart in charts.keys() - routes.connectors.keys():
        yield routes.finding("machines", f"chart '{chart}' has no machines; list its connector ids")


def _check_events(routes: Routes, charts: _Charts) -> Iterator[Finding]:
    known = EVENTS.keys() - UNROUTED
    for event in known - routes.events.keys():
        yield routes.finding("events", f"event '{event}' has no route; write {event} = []")
    for event, names in routes.events.items():
        place = f"events.{event}"
        if event not in known:
            hint = nearest(event, known)
            yield routes.finding(place, f"event '{event}' is not in cp.vocabulary.events{hint}")
        for chart in names:
            if chart not in charts:
                yield routes.finding(place, f"no chart '{chart}'{nearest(chart, charts)}")
            elif chart not in routes.connectors or not _may_take(charts[chart], event):
                yield routes.finding(place, f"chart '{chart}' has no transition for '{event}'")


def _check_transitions(routes: Routes, charts: _Charts) -> Iterator[Finding]:
    for document in filter(None, charts.values()):
        chart = document.name
        for transition in document.transitions:
            event = transition.event
            is_outside = transition.timer is None and event in EVENTS
            if is_outside and chart not in routes.events.get(event, ()):
                message = f"event '{event}' is not routed to '{chart}' in {routes.file}"
                yield Finding(document.file, transition.line, message)


def _check_calls(routes: Routes, charts: _Charts) -> Iterator[Finding]:
    for action in Action:
        place = f"calls.{action}"
        if action in STATION_ACTIONS and action in routes.calls:
            yield routes.finding(place, f"'{action}' is sent by stations only; remove it")
        elif action not in STATION_ACTIONS and action not in routes.calls:
            yield routes.finding(place, f"action '{action}' has no [calls.{action}]")
    for action, route in routes.calls.items():
        place = f"calls.{action}"
        if not route.event:
            continue
        if route.event not in CALL_EVENTS:
            hint = nearest(route.event, CALL_EVENTS)
            yield routes.finding(f"{place}.event", f"event '{route.event}' is no CALL{hint}")
        if route.decides not in charts:
            hint = nearest(route.decides, charts)
            yield routes.finding(f"{place}.decides", f"no chart '{route.decides}'{hint}")
        elif not _may_take(charts[route.decides], route.event):
            message = f"chart '{route.decides}' has no transition for '{route.event}'"
            yield routes.finding(f"{place}.decides", message)


def _check_call_events(routes: Routes) -> Iterator[Finding]:
    named = [route.event for route in routes.calls.values() if route.event]
    for event in CALL_EVENTS:
        if routes.events.get(event) and named.count(event) != 1:
            message = (
                f"event '{event}' is a CALL: one action must lead to it, not {named.count(event)}"
            )
            yield routes.finding(f"events.{event}", message)


def _may_take(document: ChartDocument | None, event: str) -> bool:
    """Whether the chart has a transition for the event, as far as it can be read."""
    return document is None or any(
        item.event == event for item in document.transitions if item.timer is None
    )
