"""One outlet from plug to unplug."""

from cp.behavior.base import Behavior
from cp.vocabulary.effects import ExplainStatus, ShowRefusal
from cp.vocabulary.events import (
    BeginOrdered,
    CardPresented,
    GroupLearned,
    JournalReplayed,
    LeftService,
    OfferOrdered,
    RemoteStartAsked,
    RemoteStartRequested,
    ResetOrdered,
    StartAsked,
    StartAuthorized,
    StopAsked,
    StopAuthorized,
    StopOrdered,
    WithdrawOrdered,
)
from cp.vocabulary.lean import dataclass
from cp.vocabulary.records import VisitSet
from cp.vocabulary.words import Reason, RemoteStartStopStatus, ResetType


@dataclass(frozen=True, slots=True)
class ConnectorFields:
    """``id_tag`` and ``parent_id_tag`` of the authorization of this visit; ``is_visit_over``: a
    transaction of this visit has ended; ``is_energy_denied``: its id was refused; ``has_register``:
    a register was known when the process began."""

    id_tag: str | None = None
    parent_id_tag: str | None = None
    is_visit_over: bool = False
    is_energy_denied: bool = False
    has_register: bool = False


class Connector(Behavior[ConnectorFields]):
    """Plug, cards and stops of one outlet."""

    Fields = ConnectorFields

    # ---- guards ----------------------------------------------------------------------------------

    def is_visit_over(self) -> bool:
        """A transaction of this visit has ended (D-09)."""
        return self._fields.is_visit_over

    def is_energy_denied(self) -> bool:
        """The id of the open transaction was refused."""
        return self._fields.is_energy_denied

    def can_record(self) -> bool:
        """A transaction can be kept: the disk has room, and its start does not count from 0 because
        no meter was ever read. A meter that was read once may be silent."""
        has_register = self._fields.has_register or self._now.register_wh is not None
        return has_register and not self._facts.is_storage_low

    def is_own_card(self) -> bool:
        """The presented card is the one of this visit; ids compare without case (``S 7.15``)."""
        own = self._fields.id_tag or ""
        return own.casefold() == self._event(CardPresented).id_tag.casefold()

    def has_group(self) -> bool:
        """The id of this visit belongs to a group (D-08)."""
        return self._fields.parent_id_tag is not None

    def has_id_tag(self) -> bool:
        """RemoteStartTransaction names an id (``operations.md`` 2)."""
        return bool(self._event(RemoteStartRequested).id_tag)

    # ---- the visit -------------------------------------------------------------------------------

    def restore_visit(self) -> None:
        """After power-on: an interrupted transaction is a visit that is over (D-09). The register
        at which one ended or was interrupted is known."""
        restored = self._event(JournalReplayed).restored
        self._set(has_register=bool(restored.transaction or restored.register_wh))
        if restored.transaction is not None:
            self._keep_visit_over(True)
        else:
            self._set(is_visit_over=restored.is_visit_over)

    def forget_visit(self) -> None:
        """The EV has left, or nobody is authorized any more."""
        self._keep_visit_over(False)
        self._set(id_tag=None, parent_id_tag=None, is_energy_denied=False)

    def keep_id_tag(self) -> None:
        """This id may start; a new transaction may begin within the visit (F2)."""
        event = self._event(StartAuthorized)
        self._keep_visit_over(False)
        self._set(id_tag=event.id_tag, parent_id_tag=event.parent_id_tag, is_energy_denied=False)

    def keep_group(self) -> None:
        """The parent id of StartTransaction.conf replaces the one of Authorize.conf."""
        self._set(parent_id_tag=self._event(GroupLearned).parent_id_tag)

    def keep_denial(self) -> None:
        """No energy for the rest of this transaction."""
        self._set(is_energy_denied=True)

    def tell_left_service(self) -> None:
        """A scheduled change to inoperative is carried out."""
        self._tell(LeftService(self._connector_id))

    # ---- cards and remote start ------------------------------------------------------------------

    def ask_start_authorization(self) -> None:
        """A card wants to start."""
        self._tell(StartAsked(self._event(CardPresented).id_tag))

    def ask_stop_authorization(self) -> None:
        """A card of the group, perhaps, wants to stop (D-08)."""
        parent = self._fields.parent_id_tag or ""
        self._tell(StopAsked(self._event(CardPresented).id_tag, parent))

    def ask_remote_authorization(self) -> None:
        """The central system wants to start."""
        self._tell(RemoteStartAsked(self._event(RemoteStartRequested).id_tag))

    def accept_remote_start(self) -> None:
        """Answer Accepted."""
        self._reply(status=RemoteStartStopStatus.ACCEPTED)

    def reject_remote_start(self) -> None:
        """Answer Rejected."""
        self._reply(status=RemoteStartStopStatus.REJECTED)

    def show_refusal(self) -> None:
        """Local feedback: this card does nothing now."""
        self._emit(ShowRefusal())

    # ---- energy and transaction ------------------------------------------------------------------

    def order_offer(self) -> None:
        """Energy may flow as soon as the EV asks."""
        self._tell(OfferOrdered(self._connector_id))

    def order_withdrawal(self) -> None:
        """Energy must not flow."""
        self._tell(WithdrawOrdered(self._connector_id))

    def begin_record(self) -> None:
        """Authorized and plugged: the transaction starts now (``S 4.8``)."""
        self._tell(BeginOrdered(self._fields.id_tag or "", self._fields.parent_id_tag))

    def stop_by_owner(self) -> None:
        """The card that started it (``T 068``)."""
        self._stop(Reason.LOCAL)

    def stop_by_group_card(self) -> None:
        """A card of the same group; StopTransaction names it (``T 069``, D-10)."""
        self._stop(Reason.LOCAL, self._event(StopAuthorized).id_tag)

    def stop_remotely(self) -> None:
        """RemoteStopTransaction (``T 012``)."""
        self._stop(Reason.REMOTE)

    def stop_deauthorized(self) -> None:
        """StartTransaction.conf refused the id (``S 4.8``)."""
        self._stop(Reason.DE_AUTHORIZED)

    def stop_in_emergency(self) -> None:
        """The emergency stop button (D-16)."""
        self._stop(Reason.EMERGENCY_STOP)

    def stop_for_reset(self) -> None:
        """A reset was ordered (``S 5.14``)."""
        is_hard = self._event(ResetOrdered).type is ResetType.HARD
        self._stop(Reason.HARD_RESET if is_hard else Reason.SOFT_RESET)

    def stop_by_unplug(self) -> None:
        """The EV was unplugged; with a fixed cable the visit ends with it (D-05)."""
        self._tell(StopOrdered(Reason.EV_DISCONNECTED))
        self._emit(ExplainStatus("EV side disconnected"))

    def _stop(self, reason: Reason, id_tag: str | None = None) -> None:
        self._tell(StopOrdered(reason, id_tag))
        self._keep_visit_over(True)

    def _keep_visit_over(self, is_over: bool) -> None:
        if self._fields.is_visit_over is not is_over:
            self._set(is_visit_over=is_over)
            self._record(VisitSet(is_over))
