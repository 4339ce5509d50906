"""Durable facts: what is recorded as which rows, and how rows are replayed at power-on.

Theory of operation: an entry becomes rows ``(kind, key, body)`` that the storage driver inserts,
replaces or deletes; all rows of a turn are one transaction. Rows hold what is true now, not a
history: replaying them is reading them. A row that cannot be read is left alone and reported: what
it said is not guessed, and the rest still counts.
"""

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar, cast

from cp.domain.job_json import (
    job_to_body,
    notices_from_body,
    notices_to_body,
    update_from_body,
    upload_from_body,
)
from cp.domain.request_json import (
    request_from_json,
    request_to_json,
    sample_from_list,
    sample_to_list,
    stamp_from_list,
    stamp_to_list,
)
from cp.vocabulary.errors import StorageError
from cp.vocabulary.instants import Stamp
from cp.vocabulary.metering import Sample, TransactionRecord
from cp.vocabulary.records import (
    AvailabilitySet,
    BootCounted,
    CallKept,
    CallSettled,
    ClockLearned,
    Delete,
    Entry,
    ExitNoted,
    FaultNoted,
    KeySet,
    NoticesKept,
    Put,
    Restored,
    Row,
    SampleDropped,
    SampleKept,
    StationAccepted,
    StationNamed,
    TransactionEnded,
    TransactionIdForgotten,
    TransactionIdLearned,
    TransactionKept,
    UpdateKept,
    UploadKept,
    VisitSet,
)
from cp.vocabulary.requests import Lane, QueuedCall
from cp.vocabulary.words import Reason

FAULTS_KEPT: Final = 10
"""Starts after which a noted fault of our own is forgotten."""

CLOCKS_KEPT: Final = 1000
"""Starts after which a clock that became known late is forgotten: a message may wait that long."""

_FAULT_TEXTS: Final = ("machine", "event", "digest", "version")
Clocks = tuple[tuple[int, float], ...]
T = TypeVar("T")
Body = dict[str, object]


def rows_of(entry: Entry) -> tuple[Row, ...]:
    """The rows of one durable fact."""
    match entry:
        case BootCounted():
            counted = _put("boot", "count", {"boot": entry.boot, "utc_s": entry.utc_s})
            old_fault = Delete("fault", _key(entry.boot - FAULTS_KEPT))
            return (counted, old_fault, Delete("clock", _key(entry.boot - CLOCKS_KEPT)))
        case StationNamed():
            return (_put("station", "id", {"station_id": entry.station_id}),)
        case StationAccepted():
            return (_put("accepted", entry.url, {}),)
        case TransactionKept():
            # A reason noted by an earlier end says nothing about this transaction.
            return (_put("transaction", "open", _record_body(entry.record)), Delete("exit", "why"))
        case SampleKept():
            body: Body = {"uid": entry.uid, "sample": sample_to_list(entry.sample)}
            return (_put("sample", _key(entry.index), body),)
        case SampleDropped():
            return (Delete("sample", _key(entry.index)),)
        case TransactionEnded():
            last = _put("register", "last", {"wh": entry.register_wh})
            return (Delete("transaction", "open"), Delete("exit", "why"), last)
        case FaultNoted():
            texts = {name: getattr(entry, name) for name in _FAULT_TEXTS}
            fault = {**texts, "stamp": stamp_to_list(entry.stamp)}
            reason = _put("exit", "why", {"reason": str(Reason.REBOOT)})
            return (_put("fault", _key(entry.stamp.boot), fault), reason)
    return _small_rows(entry)


def _small_rows(entry: Entry) -> tuple[Row, ...]:
    match entry:
        case ClockLearned():
            return (_put("clock", _key(entry.boot), {"offset_s": entry.offset_s}),)
        case CallKept():
            return (call_row(entry.call),)
        case CallSettled():
            return (Delete("call", _key(entry.seq)),)
        case TransactionIdLearned():
            return (_put("transaction_id", entry.uid, {"id": entry.transaction_id}),)
        case TransactionIdForgotten():
            return (Delete("transaction_id", entry.uid),)
        case AvailabilitySet():
            return (_put("availability", str(entry.connector_id), {"state": entry.state}),)
        case KeySet():
            return (_put("key", entry.name, {"value": entry.value}),)
        case VisitSet():
            return (_put("visit", "over", {"is_over": entry.is_over}),)
        case ExitNoted():
            return (_put("exit", "why", {"reason": entry.reason}),)
    return _job_rows(entry)


def _job_rows(entry: Entry) -> tuple[Row, ...]:
    match entry:
        case UpdateKept() | UploadKept():
            kind = "update" if isinstance(entry, UpdateKept) else "upload"
            job = entry.job
            return (Delete(kind, "job") if job is None else _put(kind, "job", job_to_body(job)),)
        case NoticesKept():
            return (_put("notice", "waiting", notices_to_body(entry.notices)),)
    raise TypeError(f"no rows are defined for {entry!r}")


def call_row(call: QueuedCall) -> Put:
    """The row of a transaction message; the key sorts in the order of creation."""
    body: Body = {"message_id": call.message_id, "request": request_to_json(call.request)}
    return _put("call", _key(call.seq), body)


def call_key(seq: int) -> str:
    """The key of the transaction message ``seq``, for ``Storage.load_calls``."""
    return _key(seq)


def calls_of(rows: Iterable[Put], notes: list[str], clocks: Clocks = ()) -> tuple[QueuedCall, ...]:
    """Transaction messages of rows of kind ``call``; what cannot be read is told in ``notes``.

    ``clocks`` of ``Restored`` resolve stamps that were taken before their boot's clock was known.
    """
    found = []
    for row in rows:
        try:
            found.append(_call(row))
        except (StorageError, KeyError, TypeError, ValueError):
            notes.append(_unreadable(row))
    return _timed(tuple(found), dict(clocks))


def replay(rows: Sequence[Put], calls: Sequence[Put], window: int, notes: list[str]) -> Restored:
    """All durable facts. ``calls`` are the first rows of kind ``call``, one more than ``window`` if
    there are more; rows that cannot be read are told in ``notes``.
    """
    found: dict[str, object] = {}
    for row in rows:
        try:
            _READERS[row.kind](found, row.key, _body(row))
        except (StorageError, KeyError, TypeError, ValueError):
            notes.append(_unreadable(row))
    restored = Restored(
        **found,  # type: ignore[arg-type]
        calls=calls_of(calls[:window], notes),
        more_calls=len(calls) > window,
    )
    return _timed(restored, dict(restored.clocks))


def _timed(value: T, clocks: Mapping[int, float]) -> T:
    """The value with every stamp resolved whose boot's clock became known (DESIGN, durability)."""
    if not clocks:
        return value
    timed: object = value
    if isinstance(value, Stamp):
        if value.utc_s is None and value.boot in clocks:
            timed = dataclasses.replace(value, utc_s=clocks[value.boot] + value.monotonic_s)
    elif isinstance(value, tuple):
        timed = tuple(_timed(item, clocks) for item in value)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [item.name for item in dataclasses.fields(value)]
        changes = {name: _timed(getattr(value, name), clocks) for name in fields}
        timed = dataclasses.replace(value, **changes)
    return cast(T, timed)


def _unreadable(row: Put) -> str:
    return f"journal row {row.kind}/{row.key} cannot be read; it is left alone"


# ---- one row -------------------------------------------------------------------------------------


def _key(number: int) -> str:
    return f"{number:018d}"


def _put(kind: str, key: str, body: Body) -> Put:
    return Put(kind, key, json.dumps(body, separators=(",", ":"), allow_nan=False))


def _body(row: Put) -> Body:
    """Raises TypeError, and ValueError for what is no JSON."""
    body = json.loads(row.body)
    if not isinstance(body, dict):
        raise TypeError(f"{row.kind}/{row.key} is no object")
    return body


def _call(row: Put) -> QueuedCall:
    body = _body(row)
    request = request_from_json(str(body["request"]))
    return QueuedCall(int(row.key), str(body["message_id"]), Lane.QUEUE, request)


def _record_body(record: TransactionRecord) -> Body:
    return {
        "uid": record.uid,
        "connector_id": record.connector_id,
        "id_tag": record.id_tag,
        "parent_id_tag": record.parent_id_tag,
        "started": sample_to_list(record.started),
        "checkpoint": sample_to_list(record.checkpoint),
        "transaction_id": record.transaction_id,
    }


Found = dict[str, object]
Reader = Callable[[Found, str, Body], None]


def _append(found: Found, name: str, item: object) -> None:
    items = found.setdefault(name, ())
    assert isinstance(items, tuple)
    found[name] = (*items, item)


def _read_boot(found: Found, _key: str, body: Body) -> None:
    found["boot"] = int(str(body["boot"])) + 1
    found["last_utc_s"] = body["utc_s"]


def _read_transaction(found: Found, _key: str, body: Body) -> None:
    fields = dict(body)
    fields["started"] = sample_from_list(body["started"])
    fields["checkpoint"] = sample_from_list(body["checkpoint"])
    found["transaction"] = TransactionRecord(**fields)  # type: ignore[arg-type]


def _read_sample(found: Found, key: str, body: Body) -> None:
    sample: Sample = sample_from_list(body["sample"])
    _append(found, "samples", (int(key), sample))


def _read_fault(found: Found, _key: str, body: Body) -> None:
    texts = {name: str({"version": "", **body}[name]) for name in _FAULT_TEXTS}
    _append(found, "faults", FaultNoted(**texts, stamp=stamp_from_list(body["stamp"])))


def _read_clock(found: Found, key: str, body: Body) -> None:
    _append(found, "clocks", (int(key), float(str(body["offset_s"]))))


def _read_exit(found: Found, _key: str, body: Body) -> None:
    found["exit_reason"] = str(Reason(str(body["reason"])))


_READERS: Final[Mapping[str, Reader]] = {
    "boot": _read_boot,
    "clock": _read_clock,
    "station": lambda found, _key, body: found.update(station_id=str(body["station_id"])),
    "accepted": lambda found, key, _body: _append(found, "accepted_urls", key),
    "transaction": _read_transaction,
    "sample": _read_sample,
    "register": lambda found, _key, body: found.update(register_wh=int(str(body["wh"]))),
    "transaction_id": lambda found, key, body: _append(found, "transaction_ids", (key, body["id"])),
    "availability": lambda found, key, body: _append(
        found, "availability", (int(key), str(body["state"]))
    ),
    "key": lambda found, key, body: _append(found, "keys", (key, str(body["value"]))),
    "visit": lambda found, _key, body: found.update(is_visit_over=body["is_over"] is True),
    "fault": _read_fault,
    "exit": _read_exit,
    "update": lambda found, _key, body: found.update(update=update_from_body(body)),
    "upload": lambda found, _key, body: found.update(upload=upload_from_body(body)),
    "notice": lambda found, _key, body: found.update(notices=notices_from_body(body)),
}
