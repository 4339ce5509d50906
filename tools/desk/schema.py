"""JSON Schema of charts and routes, for editors: they complete and check while one types.

Theory of operation: the words come from where the program has them (events, statuses, actions,
configuration keys, constants, charts), so the schemas grow with it. They say less than the checker:
what depends on two places of a file, or on a behavior class, is for ``charts check`` alone. A first
line ``#:schema chart.schema.json`` tells editors which one is meant.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from cp.behavior import BEHAVIORS
from cp.chart.document import TimerKind
from cp.chart.names import RESERVED
from cp.chart.routes import STATION_ACTIONS
from cp.chart.structure import MAX_STATES
from cp.vocabulary.constants import CONSTANTS
from cp.vocabulary.events import CALL_EVENTS, EVENTS, UNROUTED
from cp.vocabulary.keys import GENERIC
from cp.vocabulary.words import Action, CallErrorCode, ChargePointStatus
from tools.svg.elk import Json, JsonObject

CHART_FILE: Final = "chart.schema.json"
ROUTES_FILE: Final = "routes.schema.json"

_SNAKE: Final = "^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
_DRAFT: Final = "http://json-schema.org/draft-07/schema#"

_TIMER_WORDS: Final = {
    TimerKind.AFTER: "A delay from the entry of the state.",
    TimerKind.EVERY: "A period, counted from the entry of the state.",
    TimerKind.AT: "Instants of the OCPP clock: multiples of the value since midnight.",
}


def schemas() -> dict[str, str]:
    """File name and text of each schema."""
    found = {CHART_FILE: _chart(), ROUTES_FILE: _routes()}
    return {name: json.dumps(item, indent=1) + "\n" for name, item in found.items()}


def _object(properties: Mapping[str, Json], required: Iterable[str], **more: Json) -> JsonObject:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": dict(properties),
        **more,
    }


def _text(description: str, **more: Json) -> JsonObject:
    return {"type": "string", "minLength": 1, "description": description, **more}


def _texts(description: str, **more: Json) -> JsonObject:
    """A string or a list of strings."""
    item: JsonObject = {"type": "string", "minLength": 1, **more}
    return {"description": description, "anyOf": [item, {"type": "array", "items": item}]}


def _enum(description: str, words: Iterable[str]) -> JsonObject:
    return {"description": description, "enum": [str(word) for word in words]}


# ---- charts --------------------------------------------------------------------------------------


def _chart() -> JsonObject:
    states: JsonObject = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": MAX_STATES,
        "propertyNames": {"pattern": _SNAKE, "not": {"enum": sorted(RESERVED)}},
        "additionalProperties": _state(),
        "description": "One [states.NAME] for each state; the first one is entered first.",
    }
    properties: dict[str, Json] = {
        "name": _text("The chart's name, as its file is called.", pattern=_SNAKE),
        "doc": _text("What the chart is about, one sentence."),
        "states": states,
    }
    return _object(properties, properties, **{"$schema": _DRAFT, "title": "Statecharge: a chart"})


def _state() -> JsonObject:
    return _object(
        {
            "in": _text("The compound state it lies in.", pattern=_SNAKE),
            "status": _enum(
                "OCPP status while this is the deepest active state that has one.",
                ChargePointStatus,
            ),
            "silent": {"type": "boolean", "description": "A leaf without a status on purpose."},
            "final": {"type": "boolean", "description": "Nothing leaves it."},
            "enter": _texts("Actions on entry, in order.", pattern=_SNAKE),
            "exit": _texts("Actions on exit, in order.", pattern=_SNAKE),
            **_for_people(),
            "transitions": {
                "type": "array",
                "items": _transition(),
                "description": "One on each line; of one event, the first whose guard holds.",
            },
        },
        (),
    )


def _transition() -> JsonObject:
    duration: JsonObject = {
        "anyOf": [
            _enum("Configuration key or product constant.", sorted({*GENERIC, *CONSTANTS})),
            _text("A method of the behavior that computes seconds.", pattern="^[a-z0-9_]+_s$"),
        ]
    }
    timers = {str(kind): {"description": text, **duration} for kind, text in _TIMER_WORDS.items()}
    triggers = ("event", *timers)
    return _object(
        {
            "event": _enum("The event that triggers it.", sorted(EVENTS.keys() - UNROUTED)),
            **timers,
            "cond": _text(
                "Guard: names, not, and, or, parentheses, In('state').",
                pattern=r"^[A-Za-z0-9_() ']+$",
            ),
            "target": _text("The state it goes to; without one it stays.", pattern=_SNAKE),
            "on": _texts("Actions, in order.", pattern=_SNAKE),
            **_for_people(),
        },
        (),
        oneOf=[{"required": [key]} for key in triggers],
    )


def _for_people() -> dict[str, Json]:
    return {
        "doc": _text("One sentence for the reader."),
        "req": _texts("Requirement ids, see tools/requirements.toml: C-02, S 4.8, T 037_1, D-12."),
    }


# ---- routes --------------------------------------------------------------------------------------


def _routes() -> JsonObject:
    charts = _enum("A chart.", BEHAVIORS)
    gets: JsonObject = {"type": "array", "uniqueItems": True, "items": charts}
    ids: JsonObject = {
        "type": "array",
        "uniqueItems": True,
        "items": {"type": "integer", "minimum": 0},
        "description": "Connector ids for which there is a machine.",
    }
    events = {name: _ref("gets") for name in sorted(EVENTS.keys() - UNROUTED)}
    machines = {name: _ref("ids") for name in BEHAVIORS}
    calls = {str(action): _ref("call") for action in Action if action not in STATION_ACTIONS}
    tables: dict[str, Json] = {
        "machines": _object(machines, (), description="Each chart's connector ids."),
        "events": _object(events, (), description="Which charts get an event, in order."),
        "calls": _object(calls, (), description="Who answers which CALL of the central system."),
    }
    definitions: JsonObject = {"gets": gets, "ids": ids, "call": _call()}
    head: JsonObject = {"$schema": _DRAFT, "title": "Statecharge: the routes"}
    return _object(tables, tables, definitions=definitions, **head)


def _ref(name: str) -> JsonObject:
    return {"$ref": f"#/definitions/{name}"}


def _call() -> JsonObject:
    payload: JsonObject = {"type": "object"}
    ways: tuple[tuple[str, ...], ...] = (
        ("event", "decides", "refusal"), ("answer",), ("error",), ("domain",)
    )  # fmt: skip
    return _object(
        {
            "event": _enum("The event that the CALL becomes.", sorted(CALL_EVENTS)),
            "decides": _enum("The chart whose machine answers.", BEHAVIORS),
            "refusal": {"description": "Sent when that machine takes no transition.", **payload},
            "answer": {"description": "The constant answer.", **payload},
            "error": _enum("The CALLERROR code.", CallErrorCode),
            "domain": _text("The controller's function that answers."),
        },
        (),
        oneOf=[{"required": list(way), "maxProperties": len(way)} for way in ways],
    )
