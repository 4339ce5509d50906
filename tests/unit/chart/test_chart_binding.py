"""What the checker refuses between a chart and its behavior class."""

import re

import pytest
from chart_kit import FILE

from cp.behavior.base import Behavior
from cp.chart import check, read_chart
from cp.vocabulary.lean import dataclass


def check_text(text: str, behavior: type) -> list[str]:
    document, form = read_chart(text, FILE)
    assert document is not None
    assert form == ()
    return [
        f"{item.line}: {item.message}" for item in check([document], {"small": behavior}, None, ())
    ]


SMALL = """\
name = "small"
doc = "One method in each role."
[states.a]
enter = "act"
transitions = [
  { event = "plugged", cond = "is_ready", target = "b" },
  { after = "rest_s", target = "b" },
]
[states.b]
transitions = [
  { event = "unplugged", target = "a" },
]
"""


@dataclass(frozen=True, slots=True)
class SmallFields:
    pass


class Small(Behavior[SmallFields]):
    Fields = SmallFields

    def act(self) -> None: ...

    def is_ready(self) -> bool:
        return True

    def rest_s(self) -> float | None:
        return None


def small_with(**members: object) -> type:
    """``Small`` with other members, defined on the class itself."""
    own = {name: value for name, value in vars(Small).items() if not name.startswith("__")}
    return type("Small", (Behavior,), own | members)


async def coroutine(self: object) -> None: ...


def says_bool(self: object) -> bool:
    return True


def says_nothing(self: object):  # type: ignore[no-untyped-def]
    pass


def says_none(self: object) -> None: ...


def takes_more(self: object, payload: str) -> None: ...


def test_the_small_chart_is_good() -> None:
    assert check_text(SMALL, Small) == []
    assert check_text(SMALL, small_with(act=says_nothing)) == []


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"act": coroutine}, "method 'act' must be a plain function"),
        ({"act": takes_more}, "method 'act' must take no arguments but self"),
        ({"act": says_bool}, "action 'act' must be annotated '-> None'"),
        ({"is_ready": says_none}, "guard 'is_ready' must be annotated '-> bool'"),
        ({"is_ready": says_nothing}, "guard 'is_ready' must be annotated '-> bool'"),
        ({"rest_s": says_bool}, "duration 'rest_s' must be annotated '-> float | None'"),
        ({"on_enter_a": says_none}, "method 'on_enter_a' is named like a hook of the engine"),
        ({"before_plugged": says_none}, "method 'before_plugged' is named like a hook"),
        ({"after_transition": says_none}, "method 'after_transition' is named like a hook"),
        ({"prepare_event": says_none}, "method 'prepare_event' is named like a hook"),
        ({"act": property(says_none)}, "'act' is public and no method; hide it as _act"),
        ({"act": 3}, "'act' is public and no method; hide it as _act"),
        ({"other": staticmethod(says_none)}, "'other' is public and no method"),
        ({"other": says_none}, "method 'other' is used by no transition or state"),
        ({"checkpoint_s": says_none}, "method 'checkpoint_s' is used by no transition or state"),
    ],
)
def test_refused_classes(members: dict[str, object], expected: str) -> None:
    found = check_text(SMALL, small_with(**members))
    assert any(expected in finding for finding in found)
    assert all(re.match("[13]: ", finding) for finding in found)


def test_ambiguous_names() -> None:
    text = SMALL.replace("rest_s", "checkpoint_s")
    behavior = small_with(checkpoint_s=vars(Small)["rest_s"])
    assert "7: 'checkpoint_s' is a product constant and a method; rename one of them" in check_text(
        text, behavior
    )
    text = SMALL.replace("is_ready", "is_online")
    behavior = small_with(is_online=says_bool)
    assert "6: 'is_online' is a fact and a method; rename the method" in check_text(text, behavior)


def test_methods_of_a_base_are_out_of_reach() -> None:
    class Derived(Small):
        pass

    found = check_text(SMALL, Derived)
    assert any("action 'act' is no method of Derived" in finding for finding in found)


def test_one_method_has_one_role() -> None:
    text = SMALL.replace('enter = "act"', 'enter = ["act", "is_ready"]')
    assert any(
        "'is_ready' is used as action and guard; write two" in x for x in check_text(text, Small)
    )
