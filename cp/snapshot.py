"""The snapshot: what the bench interface and the panel show of the controller, as JSON values."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime

from cp.controller import Controller
from cp.vocabulary.ports import Progress


def snapshot_of(
    controller: Controller, monotonic_s: float, progress: Progress | None = None
) -> Mapping[str, object]:
    """The present condition (DESIGN, bench interface); ``time`` is null while it is not known,
    ``transfer`` while none is under way."""
    condition = controller.condition
    machines, facts = condition.machines, condition.facts
    registration = controller.registration()
    return {
        "time": _shown(controller.utc_s(monotonic_s)),
        "link": machines["link.0"].active[-1] if machines else "offline",
        "registration": None if registration is None else str(registration),
        "queue": controller.queue_length() if machines else 0,
        "statuses": {str(key): str(value) for key, value in controller.statuses().items()},
        "machines": {name: list(item.active) for name, item in machines.items()},
        "facts": {
            item.name: value
            for item in fields(facts)
            if isinstance(value := getattr(facts, item.name), bool)
        },
        "counters": controller.counters(),
        "transfer": progress and _transfer(progress),
    }


def _transfer(progress: Progress) -> Mapping[str, object]:
    """Bytes; ``total`` is null while it is not known."""
    kind = "download" if progress.is_download else "upload"
    return {"kind": kind, "done": progress.done, "total": progress.total}


def _shown(utc_s: float | None) -> str | None:
    """As OCPP writes a time: UTC, milliseconds."""
    if utc_s is None:
        return None
    moment = datetime.fromtimestamp(utc_s, UTC)
    return f"{moment.isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
