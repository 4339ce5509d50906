"""Charts as SCXML behave, in a reader of others, as they do in our own engine.

The same random events and answers of guards go to both; states and actions must be the same after
each. The reader of others is python-statemachine's own SCXML front end, with its whole loop.
"""

import contextlib
import io
import random
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings, strategies as st
from statemachine.io import load

from cp.chart import ChartDocument, read_chart
from cp.chart.engine import Engine
from cp.chart.guards import names, parse
from cp.vocabulary.facts import GUARD_FACTS
from tools import export_svg
from tools.chart_files import read_files
from tools.desk.scxml import factory_seconds, timer_event, to_scxml

DOCUMENTS = {document.name: document for document in read_files().documents}
Answers = Mapping[str, bool]
Done = tuple[tuple[str, ...], tuple[str, ...]]
"""Active states and the actions that were done."""


def questions(chart: ChartDocument) -> list[str]:
    """Every name that a guard asks."""
    guards = [parse(item.guard) for item in chart.transitions if item.guard]
    return list(dict.fromkeys(name for guard in guards for name in names(guard)))


class Ours:
    """One machine in our engine, its behavior a table of answers and a list of actions."""

    def __init__(self, chart: ChartDocument) -> None:
        self.answers: Answers = {}
        self.done: list[str] = []
        self._chart = chart
        actions = {
            name
            for state in chart.states
            for item in (state.enter, state.exit, *(row.actions for row in state.transitions))
            for name in item
        }
        body = SimpleNamespace(_context=SimpleNamespace(facts=SimpleNamespace()))
        for name in actions:
            setattr(body, name, lambda name=name: self.done.append(name))
        for name in questions(chart):
            setattr(body, name, lambda name=name: self.answers[name])
        self._facts = body._context.facts
        self._engine = Engine(chart, body)
        self._active = self._engine.begin().active

    def send(self, event: str, answers: Answers) -> Done:
        """Run an event, or a timer by the name that it has in SCXML."""
        self.answers = answers
        vars(self._facts).update({key: answers[key] for key in answers if key in GUARD_FACTS})
        timers = {timer_event(item): item for item in self._chart.transitions if item.timer}
        if event not in timers:
            self._active = self._engine.send(self._active, event).active
        elif timers[event].source in self._active:
            item = timers[event]
            self._active = self._engine.fire(self._active, item.source, item.event).active
        return self._read()

    def _read(self) -> Done:
        done, self.done = tuple(self.done), []
        return tuple(sorted(self._active)), done

    begin = _read


class Theirs:
    """The same chart read back from its SCXML; no timer is armed, a test fires them."""

    def __init__(self, text: str) -> None:
        self._out = io.StringIO()
        kind = load(text, format="scxml")
        with contextlib.redirect_stdout(self._out):
            self._machine = kind()

    def send(self, event: str, answers: Answers) -> Done:
        for name, answer in answers.items():
            setattr(self._machine.model, name, answer)
        with contextlib.redirect_stdout(self._out):
            self._machine.send(event)
        return self.begin()

    def begin(self) -> Done:
        lines = self._out.getvalue().splitlines()
        self._out.truncate(0)
        self._out.seek(0)
        done = tuple(line.removeprefix("action: ").strip("'") for line in lines)
        return tuple(sorted(self._machine.configuration_values)), done


def triggers(chart: ChartDocument) -> list[str]:
    found = (timer_event(item) if item.timer else item.event for item in chart.transitions)
    return list(dict.fromkeys(found))


def first_difference(
    chart: ChartDocument, text: str, run: list[tuple[int, int]]
) -> tuple[str, Done, Done] | None:
    """Where the two part; ``run`` numbers of events, and answers as bits."""
    ours, theirs = Ours(chart), Theirs(text)
    asked, events = questions(chart), triggers(chart)
    if ours.begin() != (begun := theirs.begin()):
        return "begin", ours.begin(), begun
    for number, bits in run:
        event = events[number % len(events)]
        answers = {name: bool(bits >> index & 1) for index, name in enumerate(asked)}
        one, other = ours.send(event, answers), theirs.send(event, answers)
        if one != other:
            return event, one, other
    return None


RUNS = st.lists(st.tuples(st.integers(0, 199), st.integers(0, 2**30 - 1)), max_size=25)


@pytest.mark.parametrize("name", DOCUMENTS)
@settings(max_examples=12, deadline=None, derandomize=True, database=None)
@given(run=RUNS)
def test_a_chart_read_back_behaves_the_same(name: str, run: list[tuple[int, int]]) -> None:
    chart = DOCUMENTS[name]
    assert first_difference(chart, to_scxml(chart, lambda key: 0.0), run) is None


TOY = """name = "toy"
doc = "Something small."
[states.resting]
transitions = [
  { event = "plugged", cond = "is_ready and not (is_late or In('busy'))", target = "busy" },
  { event = "plugged", cond = "is_late", on = ["cry", "note"] },
]
[states.busy]
enter = "begin"
exit = ["stop", "tell"]
transitions = [
  { event = "unplugged", target = "resting" },
  { event = "plugged", target = "second" },
]
[states.first]
in = "busy"
transitions = [
  { after = "ConnectionTimeOut", target = "second" },
]
[states.second]
in = "busy"
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ('target="resting"', 'target="second"'),
        ("'cry'", "'laugh'"),
        ("is_late || ", "is_ready || "),
        ("=== false", "=== true"),
        ('<state id="busy" initial="first"', '<state id="busy" initial="second"'),
        ('target="busy"', 'target="second"'),
        ("timer.first", "timer.second"),
        (""""'stop'" />""", """"'tell'" />"""),
    ],
)
def test_another_behavior_is_found(old: str, new: str) -> None:
    chart, findings = read_chart(TOY, "toy.toml")
    assert chart is not None and findings == ()
    text = to_scxml(chart, lambda key: 0.0)
    assert old in text
    dice = random.Random(1)
    run = [(dice.randrange(100), dice.randrange(4)) for _ in range(60)]
    found = first_difference(chart, text.replace(old, new), run)
    assert (found is None) == (old == new)


def test_timers_are_delayed_sends_that_leaving_cancels() -> None:
    text = to_scxml(DOCUMENTS["connector"])
    root = ElementTree.fromstring(text)
    space = {"w": "http://www.w3.org/2005/07/scxml"}
    state = root.find(".//w:state[@id='waiting_for_plug']", space)
    assert state is not None
    event = "timer.waiting_for_plug.after_ConnectionTimeOut"
    send = state.find("w:onentry/w:if/w:send", space)
    cancel = state.find("w:onexit/w:cancel", space)
    assert send is not None and send.get("event") == event
    assert send.get("delayexpr") == "ConnectionTimeOut"
    assert cancel is not None and cancel.get("sendid") == send.get("id")
    assert '<data id="ConnectionTimeOut" expr="\'60s\'" />' in text
    assert factory_seconds("ev_settling_s") == 1.0
    assert factory_seconds("nobody_knows_s") == 0.0


def test_a_period_goes_on_whatever_its_guard_says() -> None:
    chart, findings = read_chart(
        'name = "beat"\ndoc = "Beats."\n[states.on]\ntransitions = [\n'
        '  { every = "HeartbeatInterval", cond = "is_online", on = "beat" },\n]\n',
        "beat.toml",
    )
    assert chart is not None and findings == ()
    text = to_scxml(chart)
    assert text.count("<send ") == 3  # on entry, after a beat, after none
    assert text.count("<transition ") == 2


def test_the_command_writes_a_file_for_each_chart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export_svg.main(["--scxml", "-o", str(tmp_path / "out"), "link", "queue"]) == 0
    assert capsys.readouterr().out.count(".scxml\n") == 2
    text = (tmp_path / "out" / "link.scxml").read_text(encoding="utf-8")
    assert text == to_scxml(DOCUMENTS["link"])
    assert export_svg.main(["--scxml", "-o", str(tmp_path), "lnk"]) == 1
