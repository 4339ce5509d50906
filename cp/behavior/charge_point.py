"""Boot, registration, operation and reset of the whole station."""

from cp.behavior.base import Behavior
from cp.vocabulary.constants import CONSTANTS
from cp.vocabulary.effects import CloseLink, Restart, SetClock, SetKey, SwitchAnswering
from cp.vocabulary.events import (
    BootAccepted,
    BootHeld,
    BootRejected,
    ClockTold,
    DiagnosticsTriggered,
    ErrorRaised,
    FirmwareTriggered,
    JournalReplayed,
    MessageRequested,
    MeterTriggered,
    ResetOrdered,
    ResetRequested,
    StatusTriggered,
)
from cp.vocabulary.lean import dataclass
from cp.vocabulary.records import ExitNoted, StationAccepted
from cp.vocabulary.requests import (
    BootNotification,
    Heartbeat,
    Lane,
)
from cp.vocabulary.words import (
    ChargePointErrorCode,
    MessageTrigger,
    Reason,
    ResetType,
    TriggerMessageStatus,
)

FAULTS_MAX = 3
"""So many faults of our own within ``FAULTS_WINDOW_S`` put the station out of order."""

FAULTS_WINDOW_S = 600.0

CLOCK_GRAIN_S = 1.0
"""A server that tells whole seconds may mean any instant of the second."""


@dataclass(frozen=True, slots=True)
class ChargePointFields:
    """``interval_s`` of the last BootNotification.conf; ``reset_type`` of the reset under way, and
    how often its restart has failed."""

    interval_s: int = 0
    reset_type: ResetType = ResetType.SOFT
    failed_restarts: int = 0


class ChargePoint(Behavior[ChargePointFields]):
    """Owns the facts about registration and reset."""

    Fields = ChargePointFields

    # ---- boot and registration -------------------------------------------------------------------

    def has_failed_repeatedly(self) -> bool:
        """Several faults of our own ended the last starts within a short time (DESIGN).

        Those of firmware that was on trial say nothing about the one that took its place again.
        """
        faults = self._event(JournalReplayed).restored.faults
        ours = ("", self._context.product.firmware_version)
        stamps = [fault.stamp.utc_s for fault in faults if fault.version in ours]
        recent = stamps[-FAULTS_MAX:]
        if len(recent) < FAULTS_MAX:
            return False
        times = [time for time in (*recent, self._now.utc_s) if time is not None]
        return len(times) < 2 or max(times) - min(times) <= FAULTS_WINDOW_S

    def restore_registration(self) -> None:
        """The history of registration counts for the present server only (``S 4.2.1``)."""
        urls = self._event(JournalReplayed).restored.accepted_urls
        self._know("has_history", self._context.product.url in urls)

    def stay_out_of_order(self) -> None:
        """Faulted with InternalError; the link stays up, nothing starts."""
        for connector_id in (0, 1):
            self._tell(ErrorRaised(connector_id, ChargePointErrorCode.INTERNAL_ERROR))

    def boot_interval_s(self) -> float:
        """Seconds until the next BootNotification; our own wait when the server gives none."""
        return float(self._fields.interval_s) or CONSTANTS["boot_retry_s"]

    def send_boot_notification(self) -> None:
        """Who we are (``S 4.2``)."""
        product = self._context.product
        request = BootNotification(
            product.vendor,
            product.model,
            product.serial,
            product.firmware_version,
            product.meter_type,
            product.meter_serial,
        )
        self._call(Lane.REGISTRATION, request)

    def keep_interval(self) -> None:
        """The server says when to try again."""
        event = self._context.event
        if not isinstance(event, BootHeld | BootRejected):
            raise TypeError(f"an answer with an interval expected, got {event!r}")
        self._set(interval_s=max(event.interval_s, 0))

    def adopt_interval(self) -> None:
        """The server's heartbeat interval; 0 keeps the stored one (D-03)."""
        interval_s = self._event(BootAccepted).interval_s
        if interval_s > 0:
            self._emit(SetKey("HeartbeatInterval", str(interval_s)))

    def note_accepted(self) -> None:
        """Registered, and for good as far as offline starts are concerned."""
        self._know("is_registered", True)
        if not self._facts.has_history:
            self._know("has_history", True)
            self._record(StationAccepted(self._context.product.url))

    def hold_requests(self) -> None:
        """Send nothing by ourselves, start nothing (``S 4.2``)."""
        self._know("is_denied", True)

    def release_requests(self) -> None:
        """Accepted, or nobody answers any more: the offline rules hold (``S 4.2.1``)."""
        self._know("is_denied", False)

    def stop_answering(self) -> None:
        """While Rejected no CALL is answered, not even decoded (``T 001``)."""
        self._emit(SwitchAnswering(False))

    def resume_answering(self) -> None:
        """CALLs are decoded and answered again."""
        self._emit(SwitchAnswering(True))

    def is_clock_right(self) -> bool:
        """Our time lies between the one that was told and the latest that this can mean by now: an
        answer takes its way, and many servers tell whole seconds. A clock that may be right stays,
        so that a late answer does not set it back, nor the times of a transaction with it."""
        event, utc_s = self._event(ClockTold), self._now.utc_s
        if utc_s is None:
            return False
        return event.utc_s <= utc_s <= event.utc_s + event.waited_s + CLOCK_GRAIN_S

    def set_clock(self) -> None:
        """The OCPP clock follows the server (``S 4.2``, ``S 4.6``)."""
        self._emit(SetClock(self._event(ClockTold).utc_s))

    def send_heartbeat(self) -> None:
        """A fixed period, also when other messages were sent (``T 001``)."""
        self._call(Lane.OTHER, Heartbeat())

    # ---- TriggerMessage --------------------------------------------------------------------------

    def is_boot_asked(self) -> bool:
        """BootNotification is asked for."""
        return self._is_asked(MessageTrigger.BOOT_NOTIFICATION)

    def is_heartbeat_asked(self) -> bool:
        """Heartbeat is asked for; its connector does not matter (``S 5.17``)."""
        return self._is_asked(MessageTrigger.HEARTBEAT)

    def is_status_asked(self) -> bool:
        """StatusNotification is asked for."""
        return self._is_asked(MessageTrigger.STATUS_NOTIFICATION)

    def is_meter_asked(self) -> bool:
        """MeterValues are asked for."""
        return self._is_asked(MessageTrigger.METER_VALUES)

    def is_firmware_asked(self) -> bool:
        """FirmwareStatusNotification is asked for."""
        return self._is_asked(MessageTrigger.FIRMWARE_STATUS_NOTIFICATION)

    def is_diagnostics_asked(self) -> bool:
        """DiagnosticsStatusNotification is asked for."""
        return self._is_asked(MessageTrigger.DIAGNOSTICS_STATUS_NOTIFICATION)

    def is_known_message(self) -> bool:
        """The word is one of OCPP 1.6."""
        return self._event(MessageRequested).requested in MessageTrigger._value2member_map_

    def is_known_connector(self) -> bool:
        """Connector 0, connector 1, or none named."""
        return self._event(MessageRequested).connector_id_asked in (None, 0, 1)

    def is_outlet_named(self) -> bool:
        """Connector 1, or none named (D-14)."""
        return self._event(MessageRequested).connector_id_asked in (None, 1)

    def accept_trigger(self) -> None:
        """Answer Accepted; the message follows."""
        self._reply(status=TriggerMessageStatus.ACCEPTED)

    def reject_trigger(self) -> None:
        """Answer Rejected."""
        self._reply(status=TriggerMessageStatus.REJECTED)

    def answer_trigger_unknown(self) -> None:
        """Answer NotImplemented: an unknown word is no CALLERROR (``S 5.17``)."""
        self._reply(status=TriggerMessageStatus.NOT_IMPLEMENTED)

    def send_triggered_heartbeat(self) -> None:
        """A heartbeat, also while Pending."""
        self._call(Lane.TRIGGERED, Heartbeat())

    def tell_firmware_triggered(self) -> None:
        """Ask for the status of the update."""
        self._tell(FirmwareTriggered())

    def tell_diagnostics_triggered(self) -> None:
        """Ask for the status of the upload."""
        self._tell(DiagnosticsTriggered())

    def tell_status_triggered(self) -> None:
        """Ask the named connector for its status, or both."""
        named = self._event(MessageRequested).connector_id_asked
        for connector_id in (0, 1) if named is None else (named,):
            self._tell(StatusTriggered(connector_id))

    def tell_meter_triggered(self) -> None:
        """Ask for the present meter value."""
        self._tell(MeterTriggered())

    def _is_asked(self, message: MessageTrigger) -> bool:
        return self._event(MessageRequested).requested == message

    # ---- reset -----------------------------------------------------------------------------------

    def is_hard_reset(self) -> bool:
        """Reset asks for Hard."""
        return self._event(ResetRequested).type is ResetType.HARD

    def accept_reset(self) -> None:
        """Answer Accepted; the reset follows."""
        self._set(reset_type=self._event(ResetRequested).type, failed_restarts=0)
        self._reply(status=TriggerMessageStatus.ACCEPTED)

    def reject_reset(self) -> None:
        """Answer Rejected."""
        self._reply(status=TriggerMessageStatus.REJECTED)

    def plan_restart(self) -> None:
        """What it takes to start another slot: the application, or the board."""
        is_board = self._context.product.is_board_restarted
        self._set(reset_type=ResetType.HARD if is_board else ResetType.SOFT, failed_restarts=0)

    def is_restart_given_up(self) -> bool:
        """The key ResetRetries: so many further tries are used up (``S 9.1.22``)."""
        return self._fields.failed_restarts >= self._keys.number("ResetRetries")

    def count_restart(self) -> None:
        """One more try."""
        self._set(failed_restarts=self._fields.failed_restarts + 1)

    def note_not_resetting(self) -> None:
        """Charging may start again."""
        self._know("is_resetting", False)

    def raise_reset_failure(self) -> None:
        """The restart failed for good: a warning of the station (``S 5.14``)."""
        self._tell(ErrorRaised(0, ChargePointErrorCode.RESET_FAILURE))

    def note_resetting(self) -> None:
        """Nothing starts any more."""
        self._know("is_resetting", True)

    def tell_reset_ordered(self) -> None:
        """End the open transaction."""
        self._tell(ResetOrdered(self._fields.reset_type))

    def close_link(self) -> None:
        """Say goodbye to the central system."""
        self._emit(CloseLink())

    def restart(self) -> None:
        """Restart; a transaction that should still be open then was ended by it (``S 5.14``)."""
        is_hard = self._fields.reset_type is ResetType.HARD
        self._record(ExitNoted(Reason.HARD_RESET if is_hard else Reason.SOFT_RESET))
        self._emit(Restart(is_hard))
