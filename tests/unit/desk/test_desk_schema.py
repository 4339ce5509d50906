"""The JSON Schemas know every word of the dialect, accept the charts and refuse mistakes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest
import tomli
from jsonschema import Draft7Validator

from cp.chart import reader, routes_reader
from cp.vocabulary.events import EVENTS, UNROUTED
from tools.chart_files import CHARTS
from tools.desk.schema import CHART_FILE, ROUTES_FILE, schemas

PATHS = sorted(CHARTS.glob("*.toml"))
CHART = Draft7Validator(json.loads(schemas()[CHART_FILE]))
ROUTES = Draft7Validator(json.loads(schemas()[ROUTES_FILE]))


def properties(schema: Mapping[str, object], *path: str) -> set[str]:
    """Names of the properties at a place of a schema."""
    for step in path:
        schema = cast("Mapping[str, object]", schema[step])
    return set(cast("Mapping[str, object]", schema["properties"]))


def test_the_committed_schemas_are_those_of_the_program() -> None:
    """Mend: ``python -m tools.desk``."""
    for name, text in schemas().items():
        assert (CHARTS / name).read_text(encoding="utf-8") == text


def test_the_schema_has_the_keys_of_the_reader() -> None:
    state = ("properties", "states", "additionalProperties")
    assert properties(CHART.schema) == set(reader._DOCUMENT_KEYS)
    assert properties(CHART.schema, *state) == set(reader._STATE_KEYS)
    rows = (*state, "properties", "transitions", "items")
    assert properties(CHART.schema, *rows) == set(reader._TRANSITION_KEYS)
    assert properties(ROUTES.schema) == set(routes_reader._TABLES)
    assert properties(ROUTES.schema, "definitions", "call") == set(routes_reader._CALL_KEYS)
    assert properties(ROUTES.schema, "properties", "events") == EVENTS.keys() - UNROUTED


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_chart_is_accepted_and_names_its_schema(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    is_routes = path.stem == "routes"
    validator = ROUTES if is_routes else CHART
    assert [error.message for error in validator.iter_errors(tomli.loads(text))] == []
    name = ROUTES_FILE if is_routes else CHART_FILE
    assert text.startswith(f"#:schema ./{name}\n")


SMALL = """
name = "small"
doc = "Small."
[states.one]
status = "Available"
transitions = [
  { event = "plugged", cond = "not (is_plugged or In('two'))", target = "two", on = ["a"] },
  { after = "ConnectionTimeOut", target = "two" },
  { every = "own_duration_s" },
]
[states.two]
"""


def test_the_small_chart_is_accepted() -> None:
    assert CHART.is_valid(tomli.loads(SMALL))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('doc = "Small."\n', ""),
        ("[states.two]", "[states.Two]"),
        ("[states.two]", "[states.event]"),
        ('status = "Available"', 'status = "Availble"'),
        ('status = "Available"', 'stats = "Available"'),
        ('event = "plugged"', 'event = "plgged"'),
        ('event = "plugged"', 'after = "soft_reset_s", event = "plugged"'),
        ('event = "plugged", ', ""),
        ('after = "ConnectionTimeOut"', 'after = "ConnectionTimeout"'),
        ("is_plugged or", "is_plugged =="),
        ('on = ["a"]', "on = [{ send = 1 }]"),
        ("[states.two]", '[states.two]\nhistory = "deep"'),
    ],
)
def test_a_mistake_is_refused(old: str, new: str) -> None:
    assert old in SMALL
    assert not CHART.is_valid(tomli.loads(SMALL.replace(old, new, 1)))


@pytest.mark.parametrize(
    "text",
    [
        '[events]\nplugged = ["conector"]',
        '[events]\nplgged = ["connector"]',
        "[machines]\nconnector = [-1]",
        '[calls.Reset]\nanswer = {}\nerror = "NotSupported"',
        '[calls.Reset]\nevent = "reset_requested"\ndecides = "charge_point"',
        '[calls.Reset]\nerror = "NotSuported"',
        '[calls.Heartbeat]\nerror = "NotSupported"',
    ],
)
def test_a_mistake_in_the_routes_is_refused(text: str) -> None:
    whole = {"machines": {}, "events": {}, "calls": {}}
    assert ROUTES.is_valid(whole)
    assert not ROUTES.is_valid({**whole, **tomli.loads(text)})
