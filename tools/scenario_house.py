"""What every scenario is played on: the shipped charts, a product, and events read from text."""

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast, get_type_hints

from cp.domain.configuration import change_configuration
from cp.house import House, load_house
from cp.profiles import read_profile, texts as profile_texts
from cp.vocabulary.context import Product
from cp.vocabulary.errors import StatechargeError
from cp.vocabulary.events import EVENTS, Event
from cp.vocabulary.keys import GENERIC, KeyTable, KeyValues

NOON_S: Final = 1_767_268_800.0
"""2026-01-01 12:00:00 UTC: the wall clock of every scenario at its second 0."""

URL: Final = "ws://127.0.0.1:9000/ocpp/CP001"


class ScenarioError(StatechargeError):
    """A scenario that cannot be played; its author mends it."""


@cache
def texts() -> tuple[dict[str, str], str]:
    """The charts by name, and the routes."""
    found = {
        item.name.removesuffix(".toml"): item.read_text(encoding="utf-8")
        for item in files("charts").iterdir()
        if item.name.endswith(".toml")
    }
    routes = found.pop("routes")
    return dict(sorted(found.items())), routes


@cache
def _charts() -> House:
    charts, routes = texts()
    return load_house(charts, routes, GENERIC, Product(url=URL))


def house(profile: str = "") -> House:
    """The shipped charts, checked once; with a profile, its product and the limits of its keys.

    All houses share their charts. Raises ScenarioError for an unknown profile.
    """
    if profile and profile not in profile_texts():
        raise ScenarioError(f"profile: {profile} is none of {', '.join(profile_texts())}")
    found = _product_house(profile) if profile else _charts()
    if _instead:
        found = replace(found, charts=_instead[-1].charts, routes=_instead[-1].routes)
    return found


_instead: list[House] = []


@contextmanager
def instead(other: House) -> Iterator[None]:
    """Within it, ``house`` has the charts and routes of this one: seeded bugs are played so."""
    _instead.append(other)
    try:
        yield
    finally:
        _instead.pop()


@cache
def _product_house(profile: str) -> House:
    found, _ = read_profile(profile, profile_texts()[profile])
    identity: Mapping[str, Any] = found.identity
    product = Product(url=URL, offered_a=found.offered_a, **identity)
    return replace(_charts(), table=found.keys, product=product)


def changed(table: KeyTable, values: KeyValues, keys: Mapping[str, str]) -> KeyValues:
    """The values with these keys written as the central system would. Raises ScenarioError."""
    for name, text in keys.items():
        status, values = change_configuration(table, values, name, text)
        if status != "Accepted":
            raise ScenarioError(f"keys: {name}={text} is {status}")
    return values


def event_of(name: str, rest: str) -> Event:
    """The event ``name field=value ...``. Raises ScenarioError."""
    kind = EVENTS.get(name)
    if kind is None:
        raise ScenarioError(f"{name} is no step and no event")
    hints = get_type_hints(kind)
    given = dict(item.partition("=")[::2] for item in shlex.split(rest))
    unknown = set(given) - {item.name for item in fields(kind)}
    if unknown:
        raise ScenarioError(f"{name} has no field {', '.join(sorted(unknown))}")
    try:
        return kind(**{field: value_of(hints[field], text) for field, text in given.items()})
    except (KeyError, TypeError, ValueError) as error:
        raise ScenarioError(f"{name}: {error}") from None


def value_of(hint: object, text: str) -> object:
    """A field's value of its text; ``none`` for nothing."""
    if text == "none":
        return None
    if hint is bool:
        return {"true": True, "false": False}[text]
    if hint == (int | None):
        return int(text)
    if hint in (str, str | None):
        return text
    return cast("type[int]", hint)(text)
