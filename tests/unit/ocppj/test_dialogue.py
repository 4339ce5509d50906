"""The exchange: one CALL under way, answers, silence, counters (J 4.1, J 4.2)."""

import json

import pytest
from hypothesis import given, settings, strategies as st
from ocppj_cases import NEW_YEAR_UTC_S, NOW, queued

from cp.ocppj.dialogue import (
    Answered,
    Counters,
    Dialogue,
    Inbound,
    Nothing,
    Outcome,
    Pending,
    Refused,
    SendText,
    abandon,
    receive,
    refuse,
    switch,
    transmit,
)
from cp.vocabulary.confirmations import (
    AuthorizeConfirmation,
    BootConfirmation,
    Confirmation,
    HeartbeatConfirmation,
    StartConfirmation,
)
from cp.vocabulary.events import CallAnswered, CallRefused
from cp.vocabulary.requests import Heartbeat
from cp.vocabulary.words import Action, AuthorizationStatus, CallErrorCode, RegistrationStatus

NEW_YEAR = "2026-01-01T00:00:00Z"
RESET = json.dumps([2, "c-1", "Reset", {"type": "Soft"}])


def waiting(action: Action) -> Dialogue:
    return Dialogue(pending=Pending("m-1", action))


def answer_to(action: Action, payload: object) -> Outcome:
    dialogue, outcome = receive(waiting(action), json.dumps([3, "m-1", payload]))
    assert dialogue == Dialogue()
    return outcome


# ---- our CALLs -----------------------------------------------------------------------------------


def test_one_call_is_under_way_until_it_is_answered() -> None:
    dialogue, text = transmit(Dialogue(), queued(Heartbeat()), None, NOW)
    assert text == '[2,"m-1","Heartbeat",{}]'
    assert dialogue.pending == Pending("m-1", Action.HEARTBEAT)
    with pytest.raises(RuntimeError, match="Heartbeat is still under way"):
        transmit(dialogue, queued(Heartbeat(), "m-2"), None, NOW)
    dialogue, outcome = receive(dialogue, f'[3,"m-1",{{"currentTime":"{NEW_YEAR}"}}]')
    assert outcome == Answered(CallAnswered("m-1", HeartbeatConfirmation(NEW_YEAR_UTC_S)))
    assert dialogue == Dialogue()
    transmit(dialogue, queued(Heartbeat(), "m-2"), None, NOW)


@pytest.mark.parametrize(
    ("action", "payload", "confirmation"),
    [
        (
            Action.BOOT_NOTIFICATION,
            {"status": "Pending", "currentTime": NEW_YEAR, "interval": 300},
            BootConfirmation(RegistrationStatus.PENDING, NEW_YEAR_UTC_S, 300),
        ),
        (
            Action.BOOT_NOTIFICATION,
            {"status": "Rejected", "currentTime": NEW_YEAR, "interval": -5},
            BootConfirmation(RegistrationStatus.REJECTED, NEW_YEAR_UTC_S, 0),
        ),
        (
            Action.AUTHORIZE,
            {"idTagInfo": {"status": "Blocked", "expiryDate": NEW_YEAR}},
            AuthorizeConfirmation(AuthorizationStatus.BLOCKED, None),
        ),
        (
            Action.AUTHORIZE,
            {"idTagInfo": {"status": "Accepted", "parentIdTag": "P"}},
            AuthorizeConfirmation(AuthorizationStatus.ACCEPTED, "P"),
        ),
        (
            Action.START_TRANSACTION,
            {"transactionId": -1, "idTagInfo": {"status": "ConcurrentTx"}},
            StartConfirmation(AuthorizationStatus.CONCURRENT_TX, -1, None),
        ),
        (Action.STOP_TRANSACTION, {}, Confirmation()),
        (Action.STOP_TRANSACTION, {"idTagInfo": {"status": "Invalid"}}, Confirmation()),
        (Action.METER_VALUES, {}, Confirmation()),
        (Action.METER_VALUES, None, Confirmation()),
        (Action.STATUS_NOTIFICATION, {}, Confirmation()),
        (Action.FIRMWARE_STATUS_NOTIFICATION, {}, Confirmation()),
        (Action.DIAGNOSTICS_STATUS_NOTIFICATION, {}, Confirmation()),
        # What we can do without does not count against an answer.
        (Action.STATUS_NOTIFICATION, {"x": 1}, Confirmation()),
        (Action.STATUS_NOTIFICATION, [], Confirmation()),
        (Action.HEARTBEAT, {}, Confirmation()),
        (Action.HEARTBEAT, {"currentTime": "soon"}, Confirmation()),
    ],
)
def test_answers(action: Action, payload: object, confirmation: Confirmation) -> None:
    outcome = answer_to(action, payload)
    assert outcome == Answered(CallAnswered("m-1", confirmation))
    assert isinstance(outcome, Answered)
    assert type(outcome.event.confirmation) is type(confirmation)


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        (Action.START_TRANSACTION, {}),
        (Action.START_TRANSACTION, {"transactionId": "7", "idTagInfo": {"status": "Accepted"}}),
        (Action.START_TRANSACTION, {"transactionId": 7, "idTagInfo": {"status": "Fine"}}),
        (Action.STOP_TRANSACTION, {"idTagInfo": {}}),
        (Action.STOP_TRANSACTION, []),
        (Action.METER_VALUES, ["x"]),
        (Action.AUTHORIZE, {"idTagInfo": None}),
        (Action.BOOT_NOTIFICATION, {"status": "Accepted", "currentTime": "soon", "interval": 1}),
        (Action.BOOT_NOTIFICATION, {"status": "Accepted", "currentTime": NEW_YEAR}),
    ],
)
def test_answers_that_cannot_be_used(action: Action, payload: object) -> None:
    """ocppj.md 2: a failure to process, as if it were a CALLERROR (JE 4.2.3)."""
    outcome = answer_to(action, payload)
    assert isinstance(outcome, Refused)
    assert outcome.event.error_code == CallErrorCode.FORMATION_VIOLATION
    assert outcome.event.description.startswith("payload")


@pytest.mark.parametrize(
    "text",
    [
        '[3,"m-1"]',
        '[3,"m-1",{},{}]',
        '[3,"m-1",{"transactionId":1,"transactionId":2,"idTagInfo":{"status":"Accepted"}}]',
    ],
)
def test_answers_without_the_structure_of_one(text: str) -> None:
    _, outcome = receive(waiting(Action.START_TRANSACTION), text)
    assert isinstance(outcome, Refused)
    _, outcome = receive(waiting(Action.STATUS_NOTIFICATION), text)
    assert outcome == Answered(CallAnswered("m-1", Confirmation()))


def test_call_error() -> None:
    text = '[4,"m-1","InternalError","no",{"x":1}]'
    dialogue, outcome = receive(waiting(Action.START_TRANSACTION), text)
    assert outcome == Refused(CallRefused("m-1", CallErrorCode.INTERNAL_ERROR, "no"))
    assert dialogue == Dialogue()


@pytest.mark.parametrize("text", ['[3,"m-2",{}]', '[4,"m-2","GenericError","",{}]'])
def test_answers_with_an_unknown_id_are_ignored(text: str) -> None:
    before = waiting(Action.HEARTBEAT)
    dialogue, outcome = receive(before, text)
    assert outcome == Nothing("answer to no CALL of ours")
    assert dialogue.pending == before.pending
    assert dialogue.counters == Counters(answers_unknown=1)


def test_late_answers_are_ignored() -> None:
    dialogue = abandon(waiting(Action.START_TRANSACTION))
    assert dialogue.pending is None
    dialogue, outcome = receive(dialogue, '[3,"m-1",{}]')
    assert outcome == Nothing("answer too late")
    assert dialogue.counters == Counters(answers_late=1)


def test_an_answer_counts_once() -> None:
    dialogue, _ = receive(waiting(Action.HEARTBEAT), f'[3,"m-1",{{"currentTime":"{NEW_YEAR}"}}]')
    dialogue, outcome = receive(dialogue, f'[3,"m-1",{{"currentTime":"{NEW_YEAR}"}}]')
    assert isinstance(outcome, Nothing)
    assert dialogue.counters == Counters(answers_unknown=1)


def test_abandon_without_a_call_changes_nothing() -> None:
    assert abandon(Dialogue()) == Dialogue()


# ---- CALLs of the central system -----------------------------------------------------------------


def test_calls_cross_our_own() -> None:
    before = waiting(Action.HEARTBEAT)
    dialogue, outcome = receive(before, RESET)
    assert outcome == Inbound("c-1", "Reset", {"type": "Soft"})
    assert dialogue.pending == before.pending
    assert dialogue.counters == Counters(calls_inbound=1)


def test_malformed_calls_are_answered_at_once() -> None:
    dialogue, outcome = receive(Dialogue(), '[2,"c-1","Reset"]')
    assert isinstance(outcome, SendText)
    answer = json.loads(outcome.text)
    assert answer == [4, "c-1", "FormationViolation", "a CALL has 4 elements", {}]
    assert dialogue.counters == Counters(frames_refused=1, errors_sent=1)


@pytest.mark.parametrize("text", ["junk", "{}", "[]", '[7,"a"]', '[2,7,"Reset",{}]', "[" * 99])
def test_frames_that_cannot_be_answered_are_counted(text: str) -> None:
    dialogue, outcome = receive(Dialogue(), text)
    assert isinstance(outcome, Nothing)
    assert dialogue.counters == Counters(frames_refused=1)


def test_refusals_are_counted() -> None:
    dialogue, outcome = refuse(Dialogue(), "c-1", CallErrorCode.NOT_SUPPORTED, "no profile")
    assert outcome == SendText('[4,"c-1","NotSupported","no profile",{}]')
    assert dialogue.counters == Counters(errors_sent=1)


@pytest.mark.parametrize(
    "text", [RESET, " [ 2 , broken", '[2,"c-1","Nonsense",{}]', '[2,"c-1"]', "[2" + "[" * 99_999]
)
def test_silence_drops_calls_before_they_are_decoded(text: str) -> None:
    """T 001: Rejected means not to answer any CALL."""
    before = switch(Dialogue(), False)
    assert receive(before, text) == (before, Nothing("not answering"))
    after, outcome = receive(switch(before, True), text)
    assert (after, outcome) != (before, Nothing("not answering"))


def test_answers_pass_while_silent() -> None:
    dialogue = switch(waiting(Action.BOOT_NOTIFICATION), False)
    payload = {"status": "Accepted", "currentTime": NEW_YEAR, "interval": 60}
    _, outcome = receive(dialogue, json.dumps([3, "m-1", payload]))
    assert isinstance(outcome, Answered)
    _, outcome = receive(dialogue, '[4,"m-1","GenericError","",{}]')
    assert isinstance(outcome, Refused)


@settings(derandomize=True, database=None, deadline=None)
@given(
    st.booleans(),
    st.text('[]{}",:234.eE-\\u m1') | st.text(st.characters(exclude_categories=())),
    st.sampled_from(list(Action)),
)
def test_no_text_raises(is_on: bool, text: str, action: Action) -> None:
    receive(switch(waiting(action), is_on), text)


def test_a_field_of_another_version_does_not_start_a_second_transaction() -> None:
    """What the server did process must not be sent again for a trifle."""
    info = {"status": "Accepted", "parentIdTag": None, "expiry": 1}
    payload = {"transactionId": 7, "idTagInfo": info, "customData": {}}
    outcome = answer_to(Action.START_TRANSACTION, payload)
    assert isinstance(outcome, Answered)
    assert outcome.event.confirmation == StartConfirmation(AuthorizationStatus.ACCEPTED, 7, None)
