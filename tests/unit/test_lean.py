"""Lean dataclasses are dataclasses: the same behavior, measured against the real ones."""

import copy
import dataclasses
import pickle

import pytest

from cp.vocabulary.effects import OpenContactor
from cp.vocabulary.events import ErrorRaised, Plugged
from cp.vocabulary.lean import replace
from cp.vocabulary.requests import Heartbeat
from cp.vocabulary.words import ChargePointErrorCode as Code


def test_they_behave_as_the_generated_ones() -> None:
    twin = dataclasses.make_dataclass(
        "ErrorRaised", ["connector_id", "error_code", ("vendor_error_code", str, "")], frozen=True
    )
    for arguments, named in [((1, Code.NO_ERROR), {}), ((1,), {"error_code": Code.NO_ERROR})]:
        lean, real = ErrorRaised(*arguments, **named), twin(*arguments, **named)  # type: ignore
        assert repr(lean) == repr(real)
        assert dataclasses.asdict(lean) == dataclasses.asdict(real)
    assert dataclasses.replace(lean, connector_id=0) == ErrorRaised(0, Code.NO_ERROR)
    assert copy.copy(lean) == lean == pickle.loads(pickle.dumps(lean))
    assert len({lean, ErrorRaised(1, Code.NO_ERROR)}) == 1
    match lean:
        case ErrorRaised(connector_id, code):
            assert (connector_id, code) == (1, Code.NO_ERROR)


def test_equality_asks_for_the_class() -> None:
    assert Plugged(1) != OpenContactor(1)
    assert Heartbeat() == Heartbeat()
    assert hash(Plugged(1)) != hash(OpenContactor(1))


def test_they_are_frozen_and_slotted() -> None:
    event = Plugged(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.connector_id = 2  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del event.connector_id  # type: ignore[misc]
    assert not hasattr(event, "__dict__")


@pytest.mark.parametrize(
    ("arguments", "named", "message"),
    [
        ((), {}, "needs connector_id"),
        ((1, Code.NO_ERROR, "", 4), {}, "takes 3 fields"),
        ((1,), {"error_code": Code.NO_ERROR, "nonsense": 1}, "no further nonsense"),
        ((1,), {"connector_id": 1}, "no further connector_id"),
    ],
)
def test_wrong_arguments(arguments: tuple[object], named: dict[str, object], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        ErrorRaised(*arguments, **named)  # type: ignore[arg-type]


def test_replace_is_that_of_dataclasses() -> None:
    event = ErrorRaised(1, Code.NO_ERROR)
    for changes in (
        {},
        {"connector_id": 0},
        {"vendor_error_code": "X", "error_code": Code.OTHER_ERROR},
    ):
        assert replace(event, **changes) == dataclasses.replace(event, **changes)  # type: ignore
    assert event == ErrorRaised(1, Code.NO_ERROR)
    with pytest.raises(TypeError, match="has no nonsense"):
        replace(event, nonsense=1)  # type: ignore[call-arg]
