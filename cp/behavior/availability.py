"""ChangeAvailability of one connector id."""

from cp.behavior.base import Behavior
from cp.vocabulary.events import (
    AvailabilityOrdered,
    AvailabilityRequested,
    JournalReplayed,
    ReturnedToService,
    TakenOutOfService,
)
from cp.vocabulary.lean import dataclass
from cp.vocabulary.records import AvailabilitySet
from cp.vocabulary.words import AvailabilityStatus, AvailabilityType

_OUTLETS = {0: (1,), 1: ()}
"""Connectors that a request for this one sets too (D-13)."""

OPERATIVE, SCHEDULED, INOPERATIVE = "operative", "scheduled", "inoperative"


@dataclass(frozen=True, slots=True)
class AvailabilityFields:
    """``kept``: the durable state, the name of a chart state."""

    kept: str = OPERATIVE


class Availability(Behavior[AvailabilityFields]):
    """Owns the facts about the availability of its connector."""

    Fields = AvailabilityFields

    def is_kept_inoperative(self) -> bool:
        """The journal says inoperative (``T 034``)."""
        return self._replayed() == INOPERATIVE

    def is_kept_scheduled(self) -> bool:
        """The journal says that a change to inoperative is scheduled (``S 5.2``)."""
        return self._replayed() == SCHEDULED

    def is_inoperative_asked(self) -> bool:
        """Inoperative is asked for, not operative."""
        event = self._context.event
        if not isinstance(event, AvailabilityRequested | AvailabilityOrdered):
            raise TypeError(f"a change of availability expected, got {event!r}")
        return event.type is AvailabilityType.INOPERATIVE

    def is_whole_station(self) -> bool:
        """This is the machine of connector 0."""
        return self._connector_id == 0

    def accept(self) -> None:
        """Answer Accepted."""
        self._reply(status=AvailabilityStatus.ACCEPTED)

    def schedule(self) -> None:
        """Answer Scheduled."""
        self._reply(status=AvailabilityStatus.SCHEDULED)

    def pass_on(self) -> None:
        """A request for connector 0 holds for its outlets too (D-13)."""
        asked = self._event(AvailabilityRequested).type
        for connector_id in _OUTLETS[self._connector_id]:
            self._tell(AvailabilityOrdered(connector_id, asked))

    def note_operative(self) -> None:
        """In service."""
        self._note(is_inoperative=False, is_leaving=False)

    def note_leaving(self) -> None:
        """In service until the EV has left."""
        self._note(is_inoperative=False, is_leaving=True)

    def note_inoperative(self) -> None:
        """Out of service."""
        self._note(is_inoperative=True, is_leaving=False)

    def keep_operative(self) -> None:
        """Durable: operative."""
        self._keep(OPERATIVE)

    def keep_scheduled(self) -> None:
        """Durable: scheduled."""
        self._keep(SCHEDULED)

    def keep_inoperative(self) -> None:
        """Durable: inoperative."""
        self._keep(INOPERATIVE)

    def tell_taken_out_of_service(self) -> None:
        """Tell the outlet or the station."""
        self._tell(TakenOutOfService(self._connector_id))

    def tell_returned_to_service(self) -> None:
        """Tell the outlet or the station."""
        self._tell(ReturnedToService(self._connector_id))

    def _replayed(self) -> str:
        kept = dict(self._event(JournalReplayed).restored.availability)
        return kept.get(self._connector_id, OPERATIVE)

    def _note(self, *, is_inoperative: bool, is_leaving: bool) -> None:
        if self._connector_id == 0:
            self._know("is_station_inoperative", is_inoperative)
        else:
            self._know("is_inoperative", is_inoperative)
            self._know("is_leaving_service", is_leaving)

    def _keep(self, state: str) -> None:
        event = self._context.event
        known = self._replayed() if isinstance(event, JournalReplayed) else self._fields.kept
        self._set(kept=state)
        if known != state:
            self._record(AvailabilitySet(self._connector_id, state))
