"""Routes: who gets an event, who answers a CALL, and what is wrong with the text."""

import pytest
from chart_kit import OUTLET, document

from cp.chart import ChartDocument, Routes, check_routes, read_routes
from cp.chart.routes import STATION_ACTIONS
from cp.vocabulary.events import (
    EVENTS,
    UNROUTED,
    CardPresented,
    Plugged,
    RemoteStartRequested,
    StatusTriggered,
)
from cp.vocabulary.words import Action, CallErrorCode

FILE = "charts/routes.toml"
OUTLET_EVENTS = ("plugged", "unplugged", "ev_paused", "card_presented", "error_raised")
HEALTH = """\
name = "health"
doc = "Another chart."
[states.a]
transitions = [
  { event = "plugged", target = "b" },
  { event = "remote_start_requested", target = "b" },
  { event = "status_triggered", target = "b" },
]
[states.b]
transitions = [
  { event = "unplugged", target = "a" },
]
"""


def text() -> str:
    """Routes that fit the two charts."""
    routed = dict.fromkeys(sorted(EVENTS.keys() - UNROUTED), "[]")
    routed |= dict.fromkeys(OUTLET_EVENTS, '["outlet"]')
    routed |= {"plugged": '["health", "outlet"]', "unplugged": '["outlet", "health"]'}
    routed |= {"remote_start_requested": '["health"]', "status_triggered": '["health"]'}
    events = "".join(f"{event} = {charts}\n" for event, charts in routed.items())
    calls = "".join(
        f'[calls.{action}]\nerror = "NotSupported"\n'
        for action in Action
        if action not in STATION_ACTIONS and action != Action.REMOTE_START_TRANSACTION
    )
    return (
        f"[machines]\nhealth = [0, 1]\noutlet = 1\n[events]\n{events}"
        '[calls.RemoteStartTransaction]\nevent = "remote_start_requested"\ndecides = "health"\n'
        f'refusal = {{ status = "Rejected" }}\n{calls}'
    )


def charts() -> list[ChartDocument]:
    return [document(OUTLET), document(HEALTH, "charts/health.toml")]


def read(source: str) -> Routes:
    routes, findings = read_routes(source, FILE)
    assert routes is not None
    assert findings == ()
    return routes


def test_machines_in_order() -> None:
    routes = read(text())
    assert check_routes(routes, charts()) == ()
    assert routes.machines == ("health.0", "health.1", "outlet.1")
    assert routes.machines_for(CardPresented("A")) == ("outlet.1",)
    assert routes.machines_for(Plugged(1)) == ("health.1", "outlet.1")
    assert routes.machines_for(StatusTriggered(0)) == ("health.0",)
    assert routes.machines_for(Plugged(7)) == ()


def test_who_answers() -> None:
    routes = read(text())
    start = RemoteStartRequested("id", 1, "A")
    route = routes.call_of(start)
    assert route is not None
    assert (route.decides, route.refusal) == ("health", {"status": "Rejected"})
    assert routes.decider_of(start) == "health.1"
    assert routes.decider_of(RemoteStartRequested("id", 7, "A")) is None
    assert routes.decider_of(Plugged(1)) is None
    assert routes.call_of(Plugged(1)) is None
    assert routes.calls[Action.RESET].error is CallErrorCode.NOT_SUPPORTED


RESET = '[calls.Reset]\nerror = "NotSupported"'
START = 'event = "remote_start_requested"'
ONE_WAY = "[calls.Reset] has exactly one of event, answer, error, domain; got"


@pytest.mark.parametrize(
    ("old", "new", "line_of", "expected"),
    [
        (
            "[machines]",
            "[machine]",
            "[machine]",
            "key 'machine' is unknown; did you mean 'machines'?",
        ),
        (
            "outlet = 1",
            'outlet = ["x"]',
            "outlet =",
            "'outlet' must be a list of different connector ids",
        ),
        (
            "outlet = 1",
            "outlet = [1, 1]",
            "outlet =",
            "'outlet' must be a list of different connector ids",
        ),
        (
            'plugged = ["health"',
            'plugged = [1, "health"',
            "plugged =",
            "'plugged' must be a list of different charts",
        ),
        (
            "[calls.Reset]",
            "[calls.Rest]",
            "[calls.Rest]",
            "'Rest' is no action of OCPP 1.6; did you mean 'Reset'?",
        ),
        (
            'decides = "health"\n',
            "",
            "[calls.RemoteStart",
            "'decides' of [calls.RemoteStartTransaction] is missing",
        ),
        (
            "refusal = {",
            "refusals = {",
            "refusals",
            "key 'refusals' is unknown; did you mean 'refusal'?",
        ),
        (
            "[calls.Reset]\n",
            '[calls.Reset]\ndecides = "x"\n',
            "[calls.Reset]",
            "'decides' of [calls.Reset] goes with event only",
        ),
        (
            "[calls.Reset]\n",
            '[calls.Reset]\ndomain = "x"\n',
            "[calls.Reset]",
            f"{ONE_WAY} error and domain",
        ),
        (RESET, "[calls.Reset]", "[calls.Reset]", f"{ONE_WAY} none of them"),
        (
            RESET,
            '[calls.Reset]\nerror = "NotSuported"',
            'error = "NotSuported"',
            "'NotSuported' is no CALLERROR code; did you mean 'NotSupported'?",
        ),
        (RESET, "[calls.Reset]\nanswer = 3", "answer", "'answer' must be a table, not 3"),
        (
            "[events]\n",
            "[events]\n[events]\n",
            None,
            "this is no TOML: Cannot declare ('events',) twice",
        ),
    ],
)
def test_refused_form(old: str, new: str, line_of: str | None, expected: str) -> None:
    assert_found(old, new, line_of, expected)


@pytest.mark.parametrize(
    ("old", "new", "line_of", "expected"),
    [
        (
            "plugged = [",
            "pluged = [",
            "pluged =",
            "event 'pluged' is not in cp.vocabulary.events; did",
        ),
        (
            "plugged = [",
            "pluged = [",
            "[events]",
            "event 'plugged' has no route; write plugged = []",
        ),
        (
            "ev_asked = []",
            'ev_asked = ["outlet"]',
            "ev_asked",
            "chart 'outlet' has no transition for 'ev_asked'",
        ),
        (
            "ev_asked = []",
            'ev_asked = ["outlets"]',
            "ev_asked",
            "no chart 'outlets'; did you mean 'outlet'?",
        ),
        (
            "ev_asked = []",
            "ev_asked = []\nframe_received = []",
            "frame_received",
            "event 'frame_received' is not in cp.vocabulary.events",
        ),
        (
            "outlet = 1\n",
            "",
            "[machines]",
            "chart 'outlet' has no machines; list its connector ids",
        ),
        ("outlet = 1\n", "outlet = 1\nother = 1\n", "other = 1", "no chart 'other'"),
        (
            "[calls.Reset]",
            "[calls.Heartbeat]",
            "[calls.Heartbeat]",
            "'Heartbeat' is sent by stations only; remove it",
        ),
        ("[calls.Reset]", "[calls.Heartbeat]", None, "action 'Reset' has no [calls.Reset]"),
        (START, 'event = "plugged"', 'event = "plugged"', "event 'plugged' is no CALL"),
        (
            START,
            'event = "plugged"',
            "remote_start_requested = [",
            "event 'remote_start_requested' is a CALL: one action must lead to it",
        ),
        (
            'decides = "health"',
            'decides = "outlet"',
            'decides = "outlet"',
            "chart 'outlet' has no transition for 'remote_start_requested'",
        ),
        (
            'decides = "health"',
            'decides = "helth"',
            'decides = "helth"',
            "no chart 'helth'; did you mean 'health'?",
        ),
    ],
)
def test_refused_content(old: str, new: str, line_of: str | None, expected: str) -> None:
    assert_found(old, new, line_of, expected)


def assert_found(old: str, new: str, line_of: str | None, expected: str) -> None:
    source = text()
    assert old in source
    source = (
        source.replace("\n" + old, "\n" + new, 1)
        if f"\n{old}" in source
        else source.replace(old, new, 1)
    )
    routes, findings = read_routes(source, FILE)
    if routes is not None:
        findings += check_routes(routes, charts())
    found = [item for item in findings if item.message.startswith(expected)]
    assert found, [str(item) for item in findings]
    if line_of is not None:
        assert line_of in source.splitlines()[found[0].line - 1]


def test_a_transition_whose_event_is_routed_elsewhere_is_found_in_the_chart() -> None:
    source = text().replace('unplugged = ["outlet", "health"]', 'unplugged = ["outlet"]')
    (finding,) = check_routes(read(source), charts())
    assert (finding.file, finding.line) == ("charts/health.toml", 11)
    assert finding.message == f"event 'unplugged' is not routed to 'health' in {FILE}"
