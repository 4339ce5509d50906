"""The decision on one presented id tag."""

from cp.behavior.base import Behavior
from cp.vocabulary.effects import ShowRefusal
from cp.vocabulary.events import (
    GroupLearned,
    IdTagAccepted,
    RemoteStartAsked,
    StartAsked,
    StartAuthorized,
    StopAsked,
    StopAuthorized,
)
from cp.vocabulary.lean import dataclass
from cp.vocabulary.requests import Authorize, Lane


@dataclass(frozen=True, slots=True)
class AuthorizationFields:
    """The id that waits for its answer; ``parent_id_tag`` of the transaction it wants to stop."""

    id_tag: str = ""
    parent_id_tag: str = ""


class Authorization(Behavior[AuthorizationFields]):
    """Owns ``is_authorizing``."""

    Fields = AuthorizationFields

    def may_start_offline(self) -> bool:
        """The key AllowOfflineTxForUnknownId (``C-02``)."""
        return self._keys.flag("AllowOfflineTxForUnknownId")

    def needs_remote_authorization(self) -> bool:
        """The key AuthorizeRemoteTxRequests (``S 5.11``)."""
        return self._keys.flag("AuthorizeRemoteTxRequests")

    def is_same_group(self) -> bool:
        """Authorize.conf names the group of the running transaction (``S 3.10``)."""
        parent = self._event(IdTagAccepted).parent_id_tag
        return parent is not None and parent.casefold() == self._fields.parent_id_tag.casefold()

    def send_authorize(self) -> None:
        """Ask the central system."""
        event = self._context.event
        parent = event.parent_id_tag if isinstance(event, StopAsked) else ""
        self._set(id_tag=self._asked_id_tag(), parent_id_tag=parent)
        self._call(Lane.AUTHORIZE, Authorize(self._fields.id_tag))

    def keep_group(self) -> None:
        """StartTransaction.conf replaces the group that a card must be of to stop (``S 3.10``)."""
        self._set(parent_id_tag=self._event(GroupLearned).parent_id_tag)

    def note_authorizing(self) -> None:
        """One authorization at a time (``HFS-10``)."""
        self._know("is_authorizing", True)

    def note_resting(self) -> None:
        """The next card may come."""
        self._know("is_authorizing", False)

    def tell_start_authorized(self) -> None:
        """This id may start; the central system may have told its group."""
        event = self._context.event
        parent = event.parent_id_tag if isinstance(event, IdTagAccepted) else None
        self._tell(StartAuthorized(self._asked_id_tag(), parent))

    def tell_stop_authorized(self) -> None:
        """This id may stop."""
        self._tell(StopAuthorized(self._fields.id_tag))

    def show_refusal(self) -> None:
        """Local feedback: refused."""
        self._emit(ShowRefusal())

    def _asked_id_tag(self) -> str:
        """The id of this event, or the one that waits for its answer."""
        event = self._context.event
        if isinstance(event, StartAsked | RemoteStartAsked | StopAsked):
            return event.id_tag
        return self._fields.id_tag
