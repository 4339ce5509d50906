"""Canonical lines: stable, greppable, without secrets."""

import pytest
from chart_kit import context, outlet

from cp.chart.transcript import effect_line, event_line, step_line
from cp.vocabulary.effects import (
    Effect,
    Know,
    OfferCurrent,
    Record,
    Reply,
    SendFrame,
    SetClock,
    ShowRefusal,
    Tell,
)
from cp.vocabulary.events import (
    CardPresented,
    DiagnosticsRequested,
    Event,
    EvPaused,
    FrameReceived,
    Plugged,
    StartAuthorized,
)
from cp.vocabulary.facts import ErrorShown
from cp.vocabulary.instants import Stamp
from cp.vocabulary.metering import Sample
from cp.vocabulary.records import SampleKept, StationAccepted
from cp.vocabulary.words import ChargePointErrorCode, ReadingContext


def hidden(id_tag: str) -> str:
    return f"#{len(id_tag)}"


def test_steps() -> None:
    chart = outlet()
    machine, step = chart.begin(1, context())
    assert step_line(0.0, step) == "0.000 outlet.1 power_on: -> available"
    _, step = chart.step(machine, context(CardPresented("A")))
    assert step_line(12.5, step) == (
        "12.500 outlet.1 card_presented: stays [idle-card_presented-1]"
    )
    _, step = chart.step(machine, context(EvPaused()))
    assert step_line(12.5, step) == "12.500 outlet.1 ev_paused ignored"
    machine, step = chart.step(machine, context(Plugged()))
    assert step_line(1.25, step) == (
        "1.250 outlet.1 plugged: available -> waiting [available-plugged-2]"
    )
    _, step = chart.expire(machine, machine.timers[0], context())
    assert step_line(60.0, step) == (
        "60.000 outlet.1 after_ConnectionTimeOut: waiting -> available"
        " [waiting-after_ConnectionTimeOut-2]"
    )


UNKNOWN = Stamp(3, 12.5, None)
KNOWN = Stamp(3, 12.5, 1767268800.25)


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        (OfferCurrent(1), "1.000   offer_current connector_id=1"),
        (ShowRefusal(), "1.000   show_refusal"),
        (SetClock(1767268800.0), "1.000   set_clock utc_s=2026-01-01T12:00:00.000Z"),
        (Know("is_online", False), "1.000   know fact=is_online value=false"),
        (
            Know("outlet_error", ErrorShown(ChargePointErrorCode.GROUND_FAILURE, "a b")),
            "1.000   know fact=outlet_error"
            ' value=error_shown(error_code=GroundFailure vendor_error_code="a b")',
        ),
        (
            Tell(StartAuthorized("DEADBEEF", None)),
            "1.000   tell event=start_authorized(id_tag=#8)",
        ),
        (
            Record(SampleKept("u", 0, Sample(UNKNOWN, 7, ReadingContext.SAMPLE_CLOCK))),
            "1.000   record sample_kept uid=u index=0 sample=7Wh/Sample.Clock/3+12.500",
        ),
        (
            Record(SampleKept("u", 0, Sample(KNOWN, 7, ReadingContext.TRIGGER))),
            "1.000   record sample_kept uid=u index=0 sample=7Wh/Trigger/2026-01-01T12:00:00.250Z",
        ),
        (
            Record(StationAccepted("ws://CP:secret@host/ocpp/CP")),
            "1.000   record station_accepted url=ws://***@host/ocpp/CP",
        ),
        (
            Reply("id 1", {"status": "Accepted", "idTagInfo": {"parentIdTag": "GROUP"}}),
            '1.000   reply call_id="id 1"'
            ' payload={"status":"Accepted","idTagInfo":{"parentIdTag":"#5"}}',
        ),
        (
            SendFrame('[2, "7", "Authorize", {"idTag": "DEADBEEF"}]'),
            '1.000 -> [2,"7","Authorize",{"idTag":"#8"}]',
        ),
    ],
)
def test_effects(effect: Effect, expected: str) -> None:
    assert effect_line(1.0, effect, hidden) == expected


AUTHORIZATION_KEY = '{"key":"AuthorizationKey","value":"0001"}'


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (Plugged(1), "1.000 plugged connector_id=1"),
        (CardPresented("DEADBEEF"), "1.000 card_presented id_tag=#8"),
        (
            DiagnosticsRequested("7", "ftp://a:b@host/x", 1767268800.0, None, None, 3),
            "1.000 diagnostics_requested call_id=7 location=ftp://***@host/x"
            " start_utc_s=2026-01-01T12:00:00.000Z retry_interval_s=3",
        ),
        (
            FrameReceived('[3,"7",{"idTagInfo":{"parentIdTag":"GROUP","status":"Accepted"}}]'),
            '1.000 <- [3,"7",{"idTagInfo":{"parentIdTag":"#5","status":"Accepted"}}]',
        ),
        (
            FrameReceived('[2,"7","GetDiagnostics",{"location":"ftp://a:b@host/x"}]'),
            '1.000 <- [2,"7","GetDiagnostics",{"location":"ftp://***@host/x"}]',
        ),
        (
            FrameReceived(f'[2,"7","ChangeConfiguration",{AUTHORIZATION_KEY}]'),
            '1.000 <- [2,"7","ChangeConfiguration",{"key":"AuthorizationKey","value":"***"}]',
        ),
        (FrameReceived('[2,"idTag'), "1.000 <- (9 characters that are no JSON)"),
        (FrameReceived("[" * 100_000), "1.000 <- (100000 characters that are no JSON)"),
    ],
)
def test_events(event: Event, expected: str) -> None:
    assert event_line(1.0, event, hidden) == expected
