"""One request of every kind, and hypothesis strategies for all of them."""

from hypothesis import strategies as st

from cp.vocabulary.instants import Now, Stamp
from cp.vocabulary.metering import Sample
from cp.vocabulary.requests import (
    Authorize,
    BootNotification,
    DiagnosticsStatusNotification,
    FirmwareStatusNotification,
    Heartbeat,
    Lane,
    MeterValues,
    QueuedCall,
    Request,
    StartTransaction,
    StatusNotification,
    StopTransaction,
)
from cp.vocabulary.words import (
    ChargePointErrorCode,
    ChargePointStatus,
    DiagnosticsStatus,
    FirmwareStatus,
    ReadingContext,
    Reason,
)

NEW_YEAR_UTC_S = 1767225600.0
NOW = Now(monotonic_s=1000.0, utc_s=NEW_YEAR_UTC_S, boot=3)


def sample(context: ReadingContext = ReadingContext.SAMPLE_PERIODIC) -> Sample:
    return Sample(Stamp(3, 940.0, None), 1234, context)


def queued(request: Request, message_id: str = "m-1") -> QueuedCall:
    return QueuedCall(1, message_id, Lane.OTHER, request)


SECONDS = st.floats(allow_nan=False, allow_infinity=False)
STAMPS = st.builds(Stamp, st.integers(), SECONDS, st.none() | SECONDS)
SAMPLES = st.builds(Sample, STAMPS, st.integers(), st.sampled_from(ReadingContext))
LISTS = st.lists(SAMPLES, max_size=3).map(tuple)
WORDS = st.text(max_size=8)

REQUESTS: st.SearchStrategy[Request] = st.one_of(
    st.builds(BootNotification, WORDS, WORDS, WORDS, WORDS, WORDS, WORDS),
    st.just(Heartbeat()),
    st.builds(Authorize, WORDS),
    st.builds(
        StatusNotification,
        st.integers(),
        st.sampled_from(ChargePointStatus),
        st.sampled_from(ChargePointErrorCode),
        STAMPS,
        WORDS,
        WORDS,
    ),
    st.builds(StartTransaction, WORDS, st.integers(), WORDS, st.integers(), STAMPS),
    st.builds(MeterValues, st.integers(), st.none() | WORDS, LISTS),
    st.builds(
        StopTransaction,
        WORDS,
        WORDS,
        st.integers(),
        STAMPS,
        st.sampled_from(Reason),
        LISTS,
    ),
    st.builds(FirmwareStatusNotification, st.sampled_from(FirmwareStatus)),
    st.builds(DiagnosticsStatusNotification, st.sampled_from(DiagnosticsStatus)),
)
