"""What the checker refuses in a chart by itself: finding text and line."""

import pytest
from chart_kit import FILE, KEYS, OUTLET, Outlet, OutletFields

from cp.behavior.base import Behavior
from cp.chart import check, read_chart

KEY_NAMES = [name for name, _ in KEYS.values]


def check_text(text: str, behavior: type = Outlet) -> list[str]:
    document, form = read_chart(text, FILE)
    assert document is not None
    assert form == ()
    found = check([document], {document.name: behavior}, None, KEY_NAMES)
    return [f"{item.line}: {item.message}" for item in found]


def refusals(old: str, new: str, where: str) -> list[str]:
    """The findings for the line with ``where`` after the first ``old`` was replaced by ``new``."""
    assert old in OUTLET
    text = OUTLET.replace(old, new, 1)
    assert text.count(where) == 1
    line = text[: text.index(where)].count("\n") + 1
    start = f"{line}: "
    return [item.removeprefix(start) for item in check_text(text) if item.startswith(start)]


PLUGGED = '{ event = "plugged", target = "waiting" },'
RESET = '{ event = "reset_requested", cond = "is_full" },'
REST = '{ after = "rest_s",'
UNKNOWN = "is no method of Outlet or fact"


def test_a_good_chart_has_no_findings() -> None:
    assert check_text(OUTLET) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (PLUGGED, '{ event = "pluged" },', "event 'pluged' is not in cp.vocabulary.events; did"),
        (PLUGGED, '{ event = "frame_received" },', "event 'frame_received' is not in cp.voc"),
        (PLUGGED, '{ event = "error.raised" },', None),
        ("not is_full", "not is_ful", f"guard 'is_ful' {UNKNOWN}; did you mean 'is_full'?"),
        ("is_online", "is_onlin", f"guard 'is_onlin' {UNKNOWN}; did you mean 'is_online'?"),
        ("is_online", "outlet_error", f"guard 'outlet_error' {UNKNOWN}"),
        ("not is_full", "True", f"guard 'True' {UNKNOWN}"),
        ("In('waiting')", "In('wating')", "In('wating') names no state of this chart; did you"),
        ("not is_full", "In(waiting)", "guard 'is_online and In(waiting)' goes on with '('"),
        ("not is_full", "not  ", "a guard ends too early; a guard has names, not, and, or"),
        ("not is_full", "is_full in [1]", "guard 'is_online and is_full in [1]' goes on with"),
        ('on = ["count", "count"]', 'on = "cuont"', "action 'cuont' is no method of Outlet; did"),
        ('on = ["count", "count"]', 'on = "cancel_event"', "action 'cancel_event' is no method"),
        ('on = ["count", "count"]', 'on = "ev_paused" ', "action 'ev_paused' is no method of"),
        (REST, '{ after = "ConectionTimeOut",', "'after = ConectionTimeOut' names no config"),
        (REST, '{ after = "count",', "duration 'count' must end in '_s', for seconds"),
        (REST, f'{REST} cond = "is_full",', "every 'after_rest_s' of 'paused' is guarded; add"),
        (PLUGGED, RESET, "every 'reset_requested' of 'available' is guarded; add an unguarded one"),
    ],
)
def test_refused_rows(old: str, new: str, expected: str | None) -> None:
    if expected is None:  # the reader refuses it before
        assert read_chart(OUTLET.replace(old, new, 1), FILE)[1]
        return
    assert any(found.startswith(expected) for found in refusals(old, new, new))


@pytest.mark.parametrize(
    ("old", "new", "where", "expected"),
    [
        (
            'target = "waiting" },',
            'target = "wating" },',
            "wating",
            "target 'wating' is no state of this chart; did you mean 'waiting'?",
        ),
        (
            PLUGGED,
            f"{PLUGGED}\n  {PLUGGED[:-2]}, on = 'count' }},",
            "on = 'count'",
            "never taken: line 17 takes every 'plugged' of 'available'; put the unguarded",
        ),
        (
            PLUGGED,
            f"{PLUGGED}\n  {PLUGGED[:-2]}, cond = 'is_full' }},",
            "cond = 'is_full'",
            "never taken: line 17 takes every 'plugged' of 'available'; put the unguarded",
        ),
        (
            "[states.broken]\n",
            '[states.spare]\nstatus = "Faulted"\nfinal = true\n[states.broken]\n',
            "[states.spare]",
            "nothing enters state 'spare'; draw a way or remove it",
        ),
        (
            "final = true\n",
            "",
            "[states.broken]",
            "nothing leaves state 'broken'; draw a way or write final = true",
        ),
        (
            "final = true\n",
            'final = true\ntransitions = [\n  { event = "plugged", target = "idle" },\n]\n',
            "[states.broken]",
            "final state 'broken' has transitions or states in it",
        ),
        (
            'status = "Preparing"\n',
            "",
            "[states.waiting]",
            "state 'waiting' needs a status, or silent = true",
        ),
        (
            'status = "Preparing"\n',
            'status = "Preparing"\nsilent = true\n',
            "[states.waiting]",
            "'silent' is for a leaf without status, not for 'waiting'",
        ),
        (
            "[states.charging]\n",
            "[states.charging]\nsilent = true\n",
            "[states.charging]",
            "silent state 'charging' has the status of the one around it",
        ),
    ],
)
def test_refused_states(old: str, new: str, where: str, expected: str) -> None:
    assert any(found.startswith(expected) for found in refusals(old, new, where))


def test_a_silent_leaf_and_a_status_around_are_enough() -> None:
    text = OUTLET.replace('status = "Preparing"\n', "silent = true\n")
    assert check_text(text) == []


def test_a_self_transition_is_no_way_out() -> None:
    text = OUTLET.replace(
        "final = true\n", 'transitions = [\n  { event = "plugged", target = "broken" },\n]\n'
    )
    assert any("nothing leaves state 'broken'" in item for item in check_text(text))


def test_a_call_may_be_answered_by_a_state_around() -> None:
    text = OUTLET.replace(PLUGGED, f"{PLUGGED}\n  {RESET}")
    assert len(check_text(text)) == 1
    answer = '  { event = "reset_requested", on = "refuse" },\n'
    text = text.replace("transitions = [\n", f"transitions = [\n{answer}", 1)
    assert check_text(text) == []


def test_too_many_states() -> None:
    class Idle(Behavior[OutletFields]):
        Fields = OutletFields

    states = [
        f'[states.s{index}]\ntransitions = [\n  {{ event = "plugged", target = "s{after}" }},\n]\n'
        for index, after in zip(range(26), [*range(1, 26), 0], strict=True)
    ]
    text = f'name = "outlet"\ndoc = "x"\n{"".join(states)}'
    assert check_text(text, Idle) == ["1: 26 states; a chart has at most 25: cut it in two"]


def test_no_chart_hides_the_findings_of_another() -> None:
    broken = OUTLET.replace('"offer"', '"ofer"')
    one, _ = read_chart(broken, "charts/one.toml")
    two, _ = read_chart(broken.replace('name = "outlet"', 'name = "two"'), "charts/two.toml")
    assert one is not None
    assert two is not None
    found = check([two, one], {"outlet": Outlet, "two": Outlet}, None, KEY_NAMES)
    assert [item.file for item in found] == ["charts/one.toml"] * 2 + ["charts/two.toml"] * 2
    assert found == tuple(sorted(found))
    (lonely,) = check([one], {"outlets": Outlet}, None, KEY_NAMES)
    assert lonely.message == "chart 'outlet' has no behavior class; did you mean 'outlets'?"
