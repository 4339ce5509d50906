"""StatusNotification of one connector id."""

from cp.behavior.base import Behavior
from cp.domain import faults
from cp.vocabulary.effects import ShowStatus
from cp.vocabulary.events import StatusChanged, StatusDelivered
from cp.vocabulary.facts import ErrorShown
from cp.vocabulary.instants import Stamp
from cp.vocabulary.lean import dataclass
from cp.vocabulary.requests import Lane, StatusNotification
from cp.vocabulary.words import ChargePointStatus


@dataclass(frozen=True, slots=True)
class ReportingFields:
    """The status now, when it changed and why, and the ``error`` that was present then; what was
    sent and what was answered last."""

    status: ChargePointStatus | None = None
    changed: Stamp = Stamp(0, 0.0, None)
    info: str = ""
    error: ErrorShown = ErrorShown()
    sent: tuple[ChargePointStatus, ErrorShown] | None = None
    delivered: tuple[ChargePointStatus, ErrorShown] | None = None


class Reporting(Behavior[ReportingFields]):
    """Status and error of one connector, told once each."""

    Fields = ReportingFields

    def has_status(self) -> bool:
        """The inputs were read, so there is a status."""
        return self._fields.status is not None

    def has_news(self) -> bool:
        """Status and error together differ from what was sent last."""
        return self._fields.status is not None and self._present() != self._fields.sent

    def has_undelivered_status(self) -> bool:
        """Status and error together differ from what was answered last (``S 4.9``)."""
        return self._fields.status is not None and self._present() != self._fields.delivered

    def keep_status(self) -> None:
        """Remember the status, and show it on the lamp."""
        event, error = self._event(StatusChanged), self._error_now()
        self._set(status=event.status, changed=event.changed, info=event.info, error=error)
        self._emit(ShowStatus(self._connector_id, event.status))

    def send_status(self) -> None:
        """Report the status as it is now."""
        self._send(Lane.OTHER)

    def send_snapshot(self) -> None:
        """Report the status at the reconnect, as a message of its own (``T 037_2``)."""
        self._send(Lane.SNAPSHOT)

    def send_triggered_status(self) -> None:
        """Report because TriggerMessage asked; also while Pending (``S 5.17``)."""
        self._send(Lane.TRIGGERED)

    def note_delivered(self) -> None:
        """The central system knows this status."""
        event = self._event(StatusDelivered)
        error = ErrorShown(event.error_code, event.vendor_error_code)
        if (event.status, error) == self._fields.sent:  # else a later one is on its way
            self._set(delivered=(event.status, error))

    def _present(self) -> tuple[ChargePointStatus | None, ErrorShown]:
        """What the status can be reported with: an error that does not fit it is left out, and
        Faulted keeps the error it began with until the status changes (``status.md`` 7)."""
        status, error = self._fields.status, self._error_now()
        if status is None or faults.fits(status, error):
            return status, error
        is_faulted = status is ChargePointStatus.FAULTED
        return status, self._fields.error if is_faulted else ErrorShown()

    def _error_now(self) -> ErrorShown:
        facts = self._facts
        return facts.station_error if self._connector_id == 0 else facts.outlet_error

    def _send(self, lane: Lane) -> None:
        status, error = self._present()
        if status is None:
            raise ValueError("no status to report: the chart asked too early")
        # Once sent it may have arrived: what the central system knows is told by the answer.
        is_known = (status, error) == self._fields.delivered
        self._set(sent=(status, error), delivered=(status, error) if is_known else None)
        request = StatusNotification(
            self._connector_id,
            status,
            error.error_code,
            self._fields.changed,
            self._fields.info,
            error.vendor_error_code,
        )
        self._call(lane, request)
