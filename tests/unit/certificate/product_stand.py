"""The certified product in virtual time, and what it sent."""

import json
from pathlib import Path

from tools.scenario import player, read, steps_before
from tools.scenario_station import Station

SCENARIOS = Path(__file__).parents[2] / "scenarios"

Payload = dict[str, object]


def product(after: str = "booted", keys: str = "", profile: str = "imkev7") -> Station:
    """A station on which the steps of this scenario and those before it were played."""
    text = f"# as certified\nafter: {after}\nprofile: {profile}\nkeys: {keys}\n"
    scenario = read(text, SCENARIOS / "product.txt")
    station = player(scenario)
    assert isinstance(station, Station)
    steps_before(scenario, station)
    return station


def frames(lines: list[str]) -> list[list[object]]:
    """The frames that these lines of a transcript send."""
    return [json.loads(line.partition(" -> ")[2]) for line in lines if " -> [" in line[:20]]


def ask(station: Station, action: str, **payload: object) -> Payload | str:
    """The answer to a CALL: its payload, or the code of the CALLERROR. Exactly one, at once."""
    before_s = station.world.time_s
    lines = station.play(f"call {action} {json.dumps(payload)}")
    answers = [frame for frame in frames(lines) if frame[0] in (3, 4)]
    assert len(answers) == 1
    assert station.is_down or station.world.time_s == before_s
    (answer,) = answers
    return answer[2]  # type: ignore[return-value]


def sent(station: Station, action: str) -> list[Payload]:
    """The payloads of all CALLs of this action so far, repeats included."""
    return [item.payload for item in station.server.books.arrivals if item.action == action]


def read_key(station: Station, name: str) -> Payload:
    """What GetConfiguration says of a key that is there."""
    answer = ask(station, "GetConfiguration", key=[name])
    assert isinstance(answer, dict)
    assert "unknownKey" not in answer
    (item,) = answer["configurationKey"]  # type: ignore[misc]
    return item  # type: ignore[no-any-return]
