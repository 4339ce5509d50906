"""Lines back into records, for every event there is."""

import random

import pytest
from desk_replay_kit import transcript_of

from cp.chart.transcript import event_line
from cp.vocabulary.events import (
    CallsLoaded,
    CardPresented,
    ErrorRaised,
    Event,
    JournalReplayed,
    LinkFailed,
    UpdateRequested,
)
from cp.vocabulary.instants import Stamp
from cp.vocabulary.jobs import UpdateJob
from cp.vocabulary.metering import Sample, TransactionRecord
from cp.vocabulary.records import FaultNoted, Restored
from cp.vocabulary.requests import Lane, MeterValues, QueuedCall, StopTransaction
from cp.vocabulary.words import ChargePointErrorCode, ReadingContext, Reason
from tools.desk.canonical import TextError, read_event
from tools.desk.transcript_lines import Kind, read_lines

UNKNOWN = Stamp(3, 12.5, None)
SAMPLE = Sample(Stamp(0, 0.0, 1767268800.25), 1500, ReadingContext.SAMPLE_PERIODIC)
CALL = QueuedCall(7, "7", Lane.QUEUE, MeterValues(1, "1.1", (SAMPLE, SAMPLE)))
STOP = StopTransaction("1.1", "#ab", 12, UNKNOWN, Reason.LOCAL)
EVENTS = (
    CardPresented("#1a2b3c4d"),
    CardPresented('two words, "quoted" [x] (y)='),
    LinkFailed(),
    LinkFailed("no route to host (113)"),
    ErrorRaised(0, ChargePointErrorCode.OTHER_ERROR, "Tilt"),
    UpdateRequested("c-1", "http://h/f?x=***", 1767268800.5, None, 60),
    CallsLoaded((CALL, QueuedCall(8, "8", Lane.QUEUE, STOP)), True),
    JournalReplayed(
        Restored(
            boot=4,
            accepted_urls=("ws://a/CP001",),
            transaction=TransactionRecord("1.1", 1, "#ab", None, SAMPLE, SAMPLE, -3),
            samples=((0, SAMPLE),),
            calls=(CALL,),
            transaction_ids=(("1.1", None), ("1.2", 5)),
            availability=((0, "operative"),),
            keys=(("HeartbeatInterval", "60"), ("AuthorizationKey", "")),
            faults=(FaultNoted("turn", "plugged", "abc", UNKNOWN),),
            clocks=((3, 12.5),),
            update=UpdateJob("scheduled", "http://h/f", 1767268800.0, 3, 60),
        )
    ),
)


@pytest.mark.parametrize("event", EVENTS, ids=lambda item: type(item).__name__)
def test_an_event_comes_back_from_its_line(event: Event) -> None:
    line = event_line(1.0, event, lambda tag: tag)
    assert read_event(line.partition(" ")[2]) == event


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("went_away", "no event 'went_away' today"),
        ("plugged wheel=1", "no field 'wheel'"),
        ("plugged connector_id=one", "is no int today"),
        ("card_presented", None),
        ('card_presented id_tag="open', "no end"),
        ("calls_loaded calls=[queued_call(seq=1] more_calls=true", "cannot be read from"),
        ("calls_loaded calls=[no_call(seq=1)] more_calls=true", "no QueuedCall 'no_call'"),
        ("calls_loaded calls=" + "[" * 50, "nested too deep"),
        ("error_raised connector_id=1 error_code=Tired", "is no ChargePointErrorCode today"),
    ],
)
def test_what_today_cannot_read_is_said(text: str, why: str | None) -> None:
    if why is None:
        assert read_event(text) == CardPresented("")
        return
    with pytest.raises(TextError, match=why.replace("'", ".")):
        read_event(text)


def test_turns_and_boots() -> None:
    boots = read_lines(transcript_of("t032_2_power_failure").splitlines())
    assert [boot.number for boot in boots] == [1, 2]
    assert all(boot.is_whole and not boot.damage for boot in boots)
    turns = boots[0].turns
    assert turns[0].kind is Kind.POWER and turns[0].head.startswith("journal_replayed ")
    assert {turn.kind for turn in turns} >= {Kind.POWER, Kind.EVENT, Kind.FRAME}
    assert all(turn.utc_s is not None for turn in turns)
    count = sum(len(turn.lines) for boot in boots for turn in boot.turns) + len(boots)
    assert count == len(transcript_of("t032_2_power_failure").splitlines())


def test_any_text_is_read_without_a_fall() -> None:
    """Random damage makes damaged lines, never an exception, and loses no sound line."""
    chance = random.Random(7)
    lines = transcript_of("charging").splitlines()
    for _ in range(300):
        found = list(lines)
        for _ in range(3):
            at = chance.randrange(len(found))
            text = list(found[at])
            text[chance.randrange(len(text))] = chr(chance.choice((0, 9, 35, 48, 91, 0xFFFD)))
            found[at] = "".join(text)
        boots = read_lines(found)
        read = sum(len(turn.lines) for boot in boots for turn in boot.turns)
        assert len(lines) - 5 <= read + sum(len(boot.damage) for boot in boots) <= len(lines)
