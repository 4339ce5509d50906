"""Stations in many states, and what a frame does to them; values that keep to a JSON schema."""

import copy
import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from cp.controller import Controller, Done
from cp.ocppj.dialogue import Counters
from cp.turn import Condition
from cp.vocabulary.effects import SendFrame
from cp.vocabulary.events import FrameReceived
from tools.make_validators import schema_of
from tools.scenario import player, read, steps_before
from tools.scenario_station import Station

SCENARIOS = Path(__file__).parents[2] / "scenarios"

Payload = dict[str, object]
Schema = dict[str, object]


def station(after: str = "booted", *steps: str, keys: str = "") -> Station:
    """A station on which this scenario, those before it and these steps were played."""
    scenario = read(f"# hostile\nafter: {after}\nkeys: {keys}\n", SCENARIOS / "hostile.txt")
    made = player(scenario)
    assert isinstance(made, Station)
    steps_before(scenario, made)
    for step in steps:
        made.play(step)
    return made


STATES = {
    "idle": ("booted", ()),
    "charging": ("charging", ()),
    "asking": ("booted", ("when Authorize silent", "card_presented id_tag=CARD")),
    "faulted": ("charging", ("error_raised connector_id=1 error_code=GroundFailure",)),
}


@cache
def _station(state: str) -> Station:
    after, steps = STATES[state]
    return station(after, *steps)


@dataclass(frozen=True)
class Outcome:
    """What one frame did."""

    before: Condition
    after: Condition
    done: Done
    controller: Controller

    @property
    def frames(self) -> list[list[object]]:
        """Frames that were sent."""
        return [json.loads(item.text) for item in self.done.outward if isinstance(item, SendFrame)]

    @property
    def counted(self) -> dict[str, int]:
        """Counters that rose, and by how much."""
        old = self.before.dialogue.counters
        new = self.after.dialogue.counters
        risen = {name: getattr(new, name) - getattr(old, name) for name in Counters.__slots__}
        return {name: by for name, by in risen.items() if by}

    def is_without_effect(self) -> bool:
        """Nothing is done but frames sent, and the condition is as it was but for counters."""
        is_quiet = not self.done.safe and not self.done.rows
        only_frames = all(isinstance(item, SendFrame) for item in self.done.outward)
        return is_quiet and only_frames and _bare(self.before) == _bare(self.after)


def _bare(condition: Condition) -> Condition:
    return replace(condition, dialogue=replace(condition.dialogue, counters=Counters()))


def receive(state: str, text: str) -> Outcome:
    """A frame arrives at a station in this state; the station itself is left as it is."""
    shared = _station(state)
    return received(shared, text)


def received(where: Station, text: str) -> Outcome:
    """A frame arrives at a copy of this station's controller."""
    controller = copy.copy(where.controller)
    before = controller.condition
    done = controller.handle(FrameReceived(text), where.world.now())
    assert controller.fault is None, controller.fault
    done.lines(0.0, lambda tag: "*")  # the transcript must survive it, too
    return Outcome(before, controller.condition, done, controller)


def call(action: str, payload: object, call_id: str = "h-1") -> str:
    return json.dumps([2, call_id, action, payload])


# ---- values that keep to a schema ----------------------------------------------------------------

TIMES = (
    *("2026-01-01T12:00:00Z", "2026-01-01T12:00:00.123456789+02:00", "2013-02-01T20:53:32.486Z"),
    *("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "1970-01-01T00:00:00Z"),
    *("9999-12-31T23:59:59Z", "9999-12-31T23:59:60Z", "9999-12-31T23:59:59.999-14:00"),
)
FORMATS = {
    "date-time": st.sampled_from(TIMES),
    "uri": st.sampled_from(["http://example.com/a", "ftp://user:secret@host/d/", "file:///etc"]),
}
NUMBERS = st.integers(-(10**30), 10**30) | st.integers(-1, 3)


def fitting(schema: Schema) -> st.SearchStrategy[object]:
    """Values that keep to a schema of OCPP 1.6."""
    match schema:
        case {"type": "object"}:
            members = schema.get("properties", {})
            assert isinstance(members, dict)
            fields = {name: fitting(item) for name, item in members.items()}
            required = {name: fields.pop(name) for name in schema.get("required", [])}  # type: ignore[attr-defined]
            return st.fixed_dictionaries(required, optional=fields)
        case {"type": "array", "items": dict(item)}:
            return st.lists(fitting(item), max_size=3)
        case {"enum": list(words)}:
            return st.sampled_from(words)
        case {"format": str(name)}:
            return FORMATS[name]
        case {"type": "string", "maxLength": int(most)}:
            return st.text(max_size=min(most, 12)) | st.sampled_from(["CARD", "x" * most])
        case {"type": "string"}:
            return st.text(max_size=12)
        case {"type": "integer"}:
            return NUMBERS
        case {"type": "number"}:
            return st.floats(-1e30, 1e30)
    raise AssertionError(f"the stand knows no such schema: {json.dumps(schema)}")


def schemas_of(actions: tuple[str, ...]) -> dict[str, Schema]:
    return {action: schema_of(action) for action in actions}
