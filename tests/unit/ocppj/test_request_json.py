"""Requests survive the journal (S 3.7)."""

import json

import pytest
from hypothesis import given, settings
from ocppj_cases import REQUESTS

from cp.domain.request_json import request_from_json, request_to_json
from cp.vocabulary.errors import StorageError
from cp.vocabulary.requests import Authorize, Request, StatusNotification


@settings(derandomize=True, database=None, deadline=None, max_examples=200)
@given(REQUESTS)
def test_every_request_comes_back(request: Request) -> None:
    text = request_to_json(request)
    assert request_from_json(text) == request
    assert request_to_json(request_from_json(text)) == text


def test_text_is_compact_json_in_the_order_of_the_fields() -> None:
    assert request_to_json(Authorize("A\u00e9")) == '{"action":"Authorize","id_tag":"A\\u00e9"}'


def test_a_field_with_a_default_may_be_missing() -> None:
    """Rows of an older release are read by a newer one."""
    text = (
        '{"action":"StatusNotification","connector_id":1,"status":"Available",'
        '"error_code":"NoError","changed":[1,2.5,null]}'
    )
    request = request_from_json(text)
    assert isinstance(request, StatusNotification)
    assert request.info == ""


STOP = {
    "action": "StopTransaction",
    "uid": "u",
    "id_tag": "A",
    "meter_stop_wh": 5,
    "stopped": [1, 2.5, None],
    "reason": "Local",
    "samples": [[[1, 2.5, None], 5, "Sample.Clock"]],
}


def test_the_case_below_is_read_when_nothing_is_wrong() -> None:
    assert request_from_json(json.dumps(STOP)).action == "StopTransaction"


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "Nonsense"},
        {"action": 7},
        {"action": None},
        {"unknown": 1},
        {"uid": 7},
        {"uid": None},
        {"meter_stop_wh": "5"},
        {"meter_stop_wh": 5.0},
        {"meter_stop_wh": True},
        {"stopped": [1, 2.5]},
        {"stopped": [1, 2.5, None, 4]},
        {"stopped": "now"},
        {"stopped": [1, float("nan"), None]},
        {"stopped": [1, 10**400, None]},
        {"stopped": [1, True, None]},
        {"stopped": None},
        {"reason": "Whim"},
        {"reason": None},
        {"samples": [[[1, 2.5, None], 5, "Whim"]]},
        {"samples": [[[1, 2.5, None], 5]]},
        {"samples": {}},
    ],
)
def test_rows_that_do_not_fit_are_errors(wrong: dict[str, object]) -> None:
    with pytest.raises(StorageError, match="a stored CALL cannot be read"):
        request_from_json(json.dumps(STOP | wrong))


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", "{}", '{"action":"Authorize"}'])
def test_text_that_is_no_request(text: str) -> None:
    with pytest.raises(StorageError):
        request_from_json(text)


def test_deep_nesting_is_an_error_too() -> None:
    with pytest.raises(StorageError):
        request_from_json("[" * 100_000)
