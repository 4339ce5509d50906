"""The WebSocket to the central system."""

from cp.behavior.base import Behavior
from cp.domain.back_off import back_off_s
from cp.vocabulary.effects import CloseLink, OpenLink, SetPing
from cp.vocabulary.events import LinkLost, LinkRestored
from cp.vocabulary.lean import dataclass


@dataclass(frozen=True, slots=True)
class LinkFields:
    """``attempts`` since a connection was last stable."""

    attempts: int = 0


class Link(Behavior[LinkFields]):
    """Owns ``is_online``."""

    Fields = LinkFields

    def link_back_off_s(self) -> float:
        """Seconds before the next attempt."""
        context = self._context
        return back_off_s(self._fields.attempts, context.product.link_retry_max_s, context.chance)

    def open_link(self) -> None:
        """Try to connect."""
        self._emit(OpenLink())

    def close_link(self) -> None:
        """Give the attempt up."""
        self._emit(CloseLink())

    def count_attempt(self) -> None:
        """The next wait is longer."""
        self._set(attempts=self._fields.attempts + 1)

    def reset_back_off(self) -> None:
        """The connection is stable: the next wait is short again."""
        self._set(attempts=0)

    def set_ping(self) -> None:
        """Ping as the key says (``ORS-11``)."""
        self._emit(SetPing(self._keys.number("WebSocketPingInterval")))

    def note_online(self) -> None:
        """CALLs can be sent."""
        self._know("is_online", True)

    def note_offline(self) -> None:
        """CALLs cannot be sent."""
        self._know("is_online", False)

    def tell_link_restored(self) -> None:
        """Tell that CALLs can be sent."""
        self._tell(LinkRestored())

    def tell_link_lost(self) -> None:
        """Tell that CALLs cannot be sent."""
        self._tell(LinkLost())
