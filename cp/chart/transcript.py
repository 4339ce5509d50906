"""One canonical line for each event, step, effect and frame: what tests pin and support reads.

Theory of operation: ``SECONDS WHO WHAT``, rendered from the frozen records alone, so that two runs
with equal steps have equal transcripts. Effects are indented below the step that emitted them;
empty fields are left out. Id tags go through ``mask``: a keyed hash on a device, the identity in
scenarios. Credentials in addresses and authorization keys are never shown.
"""

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Final

from cp.chart.machine import Step
from cp.vocabulary.effects import Effect, Record, SendFrame
from cp.vocabulary.events import Event, FrameReceived
from cp.vocabulary.instants import Stamp
from cp.vocabulary.metering import Sample

Mask = Callable[[str], str]
"""Replaces an id tag by what may be shown of it."""

_ID_TAGS: Final = frozenset({"id_tag", "parent_id_tag", "idTag", "parentIdTag"})
_CREDENTIALS: Final = re.compile(r"//[^/@\s]*@")
_PLAIN: Final = re.compile(r"[\w.:/+@*#-]+")


def event_line(time_s: float, event: Event, mask: Mask) -> str:
    """An event from outside; ``time_s`` seconds on the monotonic clock. ``<-`` is a frame."""
    if isinstance(event, FrameReceived):
        return f"{time_s:.3f} <- {_frame(event.text, mask)}"
    return f"{time_s:.3f} {_words(event, mask)}"


def step_line(time_s: float, step: Step) -> str:
    """One step of one machine, with the ids of its transitions; ``ignored`` if it took none."""
    head = f"{time_s:.3f} {step.machine} {step.event}"
    if not step.taken and not step.entered:
        return f"{head} ignored"
    moved = "stays"
    if step.entered:
        moved = f"-> {step.entered[-1]}"  # the new leaf; the leaf that was left is exited first
    if step.exited:
        moved = f"{step.exited[0]} {moved}"
    taken = f" [{' '.join(step.taken)}]" if step.taken else ""
    return f"{head}: {moved}{taken}"


def effect_line(time_s: float, effect: Effect, mask: Mask) -> str:
    """One effect, indented. ``->`` is a frame."""
    if isinstance(effect, SendFrame):
        return f"{time_s:.3f} -> {_frame(effect.text, mask)}"
    if isinstance(effect, Record):
        return f"{time_s:.3f}   record {_words(effect.entry, mask)}"
    return f"{time_s:.3f}   {_words(effect, mask)}"


# ---- records -------------------------------------------------------------------------------------


def _words(record: object, mask: Mask) -> str:
    """``offer_current connector_id=1``."""
    return " ".join([_snake(record), *_fields(record, mask)])


def _snake(record: object) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(record).__name__).lower()


def _fields(record: object, mask: Mask) -> list[str]:
    values = {
        item.name: getattr(record, item.name)
        for item in dataclasses.fields(record)  # type: ignore[arg-type]
        if not item.name.startswith("_")
    }
    return [
        f"{name}={_value(name, value, mask)}"
        for name, value in values.items()
        if value is not None and value not in ("", ())
    ]


def _value(name: str, value: object, mask: Mask) -> str:
    match value:
        case Stamp(boot, monotonic_s, utc_s):
            return f"{boot}+{monotonic_s:.3f}" if utc_s is None else _utc(utc_s)
        case Sample(stamp, register_wh, context):
            return f"{register_wh}Wh/{context}/{_value('stamp', stamp, mask)}"
        case str() if not isinstance(value, Enum):
            return _text(mask(value) if name in _ID_TAGS else value)
        case tuple():
            return f"[{', '.join(_value(name, item, mask) for item in value)}]"
        case Mapping():
            return _compact(_masked(dict(value), mask))
        case _ if dataclasses.is_dataclass(value):
            return f"{_snake(value)}({' '.join(_fields(value, mask))})"
    return _scalar(name, value)


def _scalar(name: str, value: object) -> str:
    match value:
        case Enum():
            return str(value.value)
        case bool():
            return str(value).lower()
        case float():
            return _utc(value) if name.endswith("utc_s") else f"{value:.3f}"
        case None:
            return "none"
    return str(value)


def _utc(utc_s: float) -> str:
    moment = datetime.fromtimestamp(round(utc_s, 3), UTC)
    return f"{moment.isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"


def _text(value: str) -> str:
    shown = _CREDENTIALS.sub("//***@", value)
    return shown if _PLAIN.fullmatch(shown) else json.dumps(shown, ensure_ascii=False)


# ---- frames --------------------------------------------------------------------------------------


def _frame(text: str, mask: Mask) -> str:
    """The frame as compact JSON; of any other text only the length, for it may hold anything."""
    try:
        return _compact(_masked(json.loads(text), mask))
    except (ValueError, RecursionError):
        return f"({len(text)} characters that are no JSON)"


def _masked(value: object, mask: Mask) -> object:
    if isinstance(value, dict):
        return {key: _masked_item(key, item, value, mask) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, mask) for item in value]
    return _CREDENTIALS.sub("//***@", value) if isinstance(value, str) else value


def _masked_item(key: str, item: object, around: Mapping[str, object], mask: Mask) -> object:
    if key in _ID_TAGS and isinstance(item, str):
        return mask(item)
    if key == "value" and around.get("key") == "AuthorizationKey":
        return "***"
    return _masked(item, mask)


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
