"""The form of a chart: every mistake is a finding with its line and the mend."""

import hashlib

import pytest
from chart_kit import FILE, OUTLET, document

from cp.chart import TimerKind, read_chart
from cp.chart.names import RESERVED, nearest
from cp.chart.refusals import REFUSED_KEYS
from cp.vocabulary.words import ChargePointStatus

HEAD = 'name = "outlet"\ndoc = "One outlet."\n'
A = "[states.a]\n"


def findings(text: str) -> list[str]:
    return [f"{item.line}: {item.message}" for item in read_chart(text, FILE)[1]]


def row(text: str) -> str:
    """A chart whose only transition stands in line 5."""
    return f"{HEAD}{A}transitions = [\n  {text},\n]\n"


def test_a_good_chart_is_read_completely() -> None:
    chart = document(OUTLET)
    assert chart.name == "outlet"
    assert chart.file == FILE
    assert chart.sha256 == hashlib.sha256(OUTLET.encode()).hexdigest()
    assert chart.initial == "idle"
    assert [state.id for state in chart.states if state.parent == "idle"] == [
        "available",
        "waiting",
    ]
    assert chart.state("idle").children == ("available", "waiting")
    available = chart.state("available")
    assert available.status is ChargePointStatus.AVAILABLE
    assert (available.enter, available.exit) == (("count",), ("count",))
    first, second = available.transitions
    assert (first.id, second.id) == ("available-plugged-1", "available-plugged-2")
    assert first.guard == "is_online and not is_full"
    assert first.actions == ("count", "count")
    assert chart.state("broken").is_final


def test_lines_are_those_of_the_text() -> None:
    lines = OUTLET.splitlines()
    for state in document(OUTLET).states:
        assert lines[state.line - 1] == f"[states.{state.id}]"
        for transition in state.transitions:
            word = transition.timer_key or transition.event
            assert f'"{word}"' in lines[transition.line - 1]


def test_timed_transitions() -> None:
    guarded, plain, _ = document(OUTLET).state("waiting").transitions
    assert guarded.event == plain.event == "after_ConnectionTimeOut"
    assert (plain.timer, plain.timer_key) == (TimerKind.AFTER, "ConnectionTimeOut")
    assert plain.id == "waiting-after_ConnectionTimeOut-2"


def test_doc_req_and_silent_are_taken_out() -> None:
    text = f'{HEAD}{A}doc = "A."\nreq = "S 4.8"\nsilent = true\ntransitions = [\n' + (
        '  { event = "plugged", doc = "Why.", req = ["M A2", "C-02"] },\n]\n'
    )
    state = document(text).state("a")
    assert (state.doc, state.req, state.is_silent) == ("A.", ("S 4.8",), True)
    assert (state.transitions[0].doc, state.transitions[0].req) == ("Why.", ("M A2", "C-02"))


def keyed(key: str, where: str) -> tuple[str, str]:
    """A chart with this key in a place, and the place as findings name it."""
    if where == "chart":
        return f"{key} = 1\n{HEAD}{A}", "1: key '{}' of the chart"
    if where == "state":
        return f"{HEAD}{A}{key} = 1\n", "4: key '{}' of state 'a'"
    return row(f'{{ event = "plugged", {key} = 1 }}'), "5: key '{}' of a transition of 'a'"


@pytest.mark.parametrize("where", ["chart", "state", "transition"])
@pytest.mark.parametrize("key", REFUSED_KEYS)
def test_refused_keys_tell_what_to_write_instead(key: str, where: str) -> None:
    if (key, where) == ("states", "chart"):
        return
    text, place = keyed(key, where)
    assert f"{place.format(key)} is refused: {REFUSED_KEYS[key]}" in findings(text)


@pytest.mark.parametrize("where", ["chart", "state", "transition"])
def test_unknown_keys_tell_the_nearest(where: str) -> None:
    text, place = keyed("docc", where)
    assert f"{place.format('docc')} is unknown; did you mean 'doc'?" in findings(text)
    text, place = keyed("schema", where)
    assert f"{place.format('schema')} is unknown" in findings(text)


VERBS = ["send", "raise", "assign", "log", "if", "foreach", "script", "cancel", "invoke"]


@pytest.mark.parametrize("verb", VERBS)
def test_actions_are_names(verb: str) -> None:
    told = "'{}' holds a table; actions are names of behavior methods"
    table = f'{{ {verb} = "x" }}'
    assert f"5: {told.format('on')}" in findings(row(f'{{ event = "plugged", on = {table} }}'))
    for key in ("enter", "exit"):
        assert f"4: {told.format(key)}" in findings(f"{HEAD}{A}{key} = [{table}]\n")


@pytest.mark.parametrize("name", ["model", "send", "configuration", "cancel_event", "event", "not"])
def test_reserved_ids(name: str) -> None:
    expected = f"3: state '{name}' has a reserved name; choose another one"
    assert expected in findings(f"{HEAD}[states.{name}]\n")


ONE_WAY = "a transition has exactly one of event, after, every, at; got"
ONE_LINE = "one transition per physical line"
SNAKE = "must be one plain name in snake case"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{ target = "a" }', f"{ONE_WAY} none of them: nothing would trigger it"),
        ('{ event = "plugged", after = "X" }', f"{ONE_WAY} event and after"),
        ('{ event = "remote.start" }', f"event 'remote.start' {SNAKE}"),
        ('{ event = "*" }', f"event '*' {SNAKE}"),
        ('{ event = "plugged unplugged" }', f"event 'plugged unplugged' {SNAKE}"),
        ('{ event = "" }', "'event' is empty; leave it out or fill it in"),
        ('{ after = "30 s" }', "after = '30 s' must be the name of a key or of a duration"),
        ("{ after = 30 }", "'after' must be a string, not 30"),
        ('{ event = "plugged", target = "a b" }', f"target 'a b' {SNAKE}"),
        ('{ event = "plugged", on = "_helper" }', f"action '_helper' {SNAKE}"),
        (
            '{ event = "plugged", on = ["x", 1] }',
            "'on' must be a string or a list of strings, not ['x', 1]",
        ),
        (
            '{ event = "plugged" }, { event = "unplugged" }',
            f"2 transitions on one line; {ONE_LINE}",
        ),
        (
            '{ event = "plugged",\n    on = "x" }',
            f"a transition spans several lines; {ONE_LINE}",
        ),
        (
            '{ event = "plugged", event = "unplugged" }',
            "this is no TOML: Duplicate inline table key 'event'",
        ),
    ],
)
def test_refused_transitions(content: str, expected: str) -> None:
    assert f"5: {expected}" in findings(row(content))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('status = "Avaliable"', "'Avaliable' is no ChargePointStatus; did you mean 'Available'?"),
        ('silent = "yes"', "'silent' must be true or false, not 'yes'"),
        ('in = "b"', "in = 'b' names no state"),
        ('in = "b"\n[states.b]\nin = "a"', "state 'a' lies in itself: a in b in a"),
        ("[states.Idle]", f"state 'Idle' {SNAKE}"),
        ("[states.a]", "state 'a' is declared twice, first in line 3"),
        (
            "[states.a.states.b]",
            "header '[states.a.states.b]' is refused; write [states.b] with in = \"PARENT\"",
        ),
        (
            "[[states.a.transitions]]",
            "header '[[states.a.transitions]]' is refused; write [states.NAME]",
        ),
        (
            'transitions = [{ event = "plugged" }]',
            f"'transitions = [' stands alone; {ONE_LINE}, then ']'",
        ),
        ('doc = """\nx"""', "strings over several lines are refused; write one sentence"),
        (f'doc = "{"x" * 160}"', "168 columns; a chart has at most 160"),
        ("doc = ", "this is no TOML: Invalid value"),
    ],
)
def test_refused_states(text: str, expected: str) -> None:
    assert f"4: {expected}" in findings(f"{HEAD}{A}{text}\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'doc = "x"\n{A}', "1: the chart has no 'name'"),
        (f'name = "x"\n{A}', "1: the chart has no 'doc'"),
        (HEAD, "1: the chart has no states; write [states.NAME]"),
        (f'{HEAD}states.a.doc = "x"\n', "1: state 'a' has no header [states.a] of its own"),
        (
            f'{HEAD}{A}doc = "x"\ndoc = "y"\n',
            "5: key 'doc' of state 'a' is given twice, first in line 4",
        ),
    ],
)
def test_refused_documents(text: str, expected: str) -> None:
    assert expected in findings(text)


def test_every_finding_of_a_text_is_told() -> None:
    text = f'{HEAD}{A}statsu = 1\nhistory = 1\ntransitions = [\n  {{ event = "a.b" }},\n]\n'
    assert [item.partition(":")[0] for item in findings(text)] == ["4", "5", "7"]


def test_a_chart_with_findings_can_still_be_checked() -> None:
    chart, found = read_chart(row('{ event = "plugged", traget = "a" }'), FILE)
    assert found
    assert chart is not None
    assert chart.transitions[0].event == "plugged"


@pytest.mark.parametrize(
    "text",
    ["", "[", "x = 1", "[states]\na = 1", "states = 3", "\x00", "[states.a]\ntransitions = [\n{"],
)
def test_no_text_raises(text: str) -> None:
    assert findings(text)


def test_reserved_words_are_those_of_the_installed_engine() -> None:
    from statemachine import State, StateChart

    class Lamp(StateChart):
        off = State(initial=True)
        on = State(final=True)
        go = off.to(on)

    own = {"off", "on", "go", "TransitionNotAllowed"}
    lamp = Lamp()
    public = {name for name in {*dir(lamp), *vars(lamp)} if not name.startswith("_")}
    assert public - own <= RESERVED


def test_nearest_finds_case_and_spelling_and_nothing_far() -> None:
    assert (
        nearest("connectiontimeout", ["ConnectionTimeOut"]) == "; did you mean 'ConnectionTimeOut'?"
    )
    assert nearest("xyz", ["plugged"]) == ""
