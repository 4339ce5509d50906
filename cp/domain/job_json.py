"""Jobs and notices as bodies of journal rows, and back; a body that does not fit is an error."""

from dataclasses import asdict, fields
from typing import TypeVar

from cp.domain.request_json import request_from_json, request_to_json
from cp.vocabulary.jobs import UpdateJob, UploadJob
from cp.vocabulary.requests import Request
from cp.vocabulary.words import FirmwareStatus

Body = dict[str, object]
J = TypeVar("J", UpdateJob, UploadJob)


def job_to_body(job: UpdateJob | UploadJob) -> Body:
    """Field by field."""
    return asdict(job)


def update_from_body(body: Body) -> UpdateJob:
    """Raises TypeError, ValueError."""
    status = FirmwareStatus(str(body.get("status", FirmwareStatus.IDLE)))
    return _job(UpdateJob, {**body, "status": status})


def upload_from_body(body: Body) -> UploadJob:
    """Raises TypeError, ValueError."""
    return _job(UploadJob, body)


def _job(kind: type[J], body: Body) -> J:
    """Fields that a later version added are passed over: rows outlive an update."""
    known = {item.name for item in fields(kind)}
    given = {name: value for name, value in body.items() if name in known}
    return kind(**given)  # type: ignore[arg-type]


def notices_to_body(notices: tuple[Request, ...]) -> Body:
    """Each as the text of a stored request."""
    return {"notices": [request_to_json(notice) for notice in notices]}


def notices_from_body(body: Body) -> tuple[Request, ...]:
    """Raises StorageError, KeyError, TypeError."""
    texts = body["notices"]
    if not isinstance(texts, list):
        raise TypeError("a list of notices is expected")
    return tuple(request_from_json(str(text)) for text in texts)
