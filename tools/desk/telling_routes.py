"""The differences of two versions of the routes: who gets which event, who answers which CALL."""

import json
from collections.abc import Iterator, Mapping, Sequence

from cp.chart import CallRoute, Routes
from tools.desk.telling import Sign, Told

_NAME = "routes"


def tell_routes(old: Routes, new: Routes) -> tuple[Told, ...]:
    """Every difference; all of them are behavior."""
    return (
        *_tell_lists("event ", "goes to", "nobody", old.events, new.events),
        *_tell_lists("machines of ", "are", "none", old.connectors, new.connectors),
        *_tell_calls(
            {str(action): describe(call) for action, call in old.calls.items()},
            {str(action): describe(call) for action, call in new.calls.items()},
        ),
    )


def describe(call: CallRoute) -> str:
    """How a CALL is answered, in words."""
    if call.event:
        refusal = json.dumps(dict(call.refusal or {}))
        return f"becomes {call.event}, {call.decides} decides, else {refusal}"
    if call.answer is not None:
        return f"always {json.dumps(dict(call.answer))}"
    if call.error is not None:
        return f"CALLERROR {call.error}"
    return f"answered by rule {call.domain}"


def _tell_lists(
    what: str,
    verb: str,
    nobody: str,
    old: Mapping[str, Sequence[object]],
    new: Mapping[str, Sequence[object]],
) -> Iterator[Told]:
    def shown(items: Sequence[object]) -> str:
        return ", then ".join(str(item) for item in items) or nobody

    for key in dict.fromkeys([*new, *old]):
        place = f"{what}{key}"
        if key not in old:
            yield Told(Sign.ADDED, _NAME, place, f"{verb} {shown(new[key])}")
        elif key not in new:
            yield Told(Sign.REMOVED, _NAME, place, f"gone; {verb} {shown(old[key])} before")
        elif list(old[key]) != list(new[key]):
            is_order = set(old[key]) == set(new[key])
            order = " (another order)" if is_order else ""
            text = f"{verb} {shown(new[key])}{order}; before: {shown(old[key])}"
            yield Told(Sign.CHANGED, _NAME, place, text)


def _tell_calls(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Told]:
    for key in dict.fromkeys([*new, *old]):
        place = f"CALL {key}"
        if key not in old:
            yield Told(Sign.ADDED, _NAME, place, new[key])
        elif key not in new:
            yield Told(Sign.REMOVED, _NAME, place, f"gone; {old[key]} before")
        elif old[key] != new[key]:
            yield Told(Sign.CHANGED, _NAME, place, f"{new[key]}; before: {old[key]}")
