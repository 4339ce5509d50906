"""The real link, with every frame of the station looked at when it leaves.

Theory of operation: a frame leaves when the daemon lets it, which may be later than the turn that
made it. What is looked at here is what a central system could not tell from a slow network.
"""

from cp.vocabulary.constants import CONSTANTS
from cp.vocabulary.events import Event, FrameReceived, LinkClosed
from cp.vocabulary.ports import Post
from cp.vocabulary.words import Action
from drivers.websocket_link import WebsocketLink
from tools.scenario_house import URL
from tools.simulate.checks import Checks
from tools.simulate.clock import VirtualTime
from tools.simulate.disk import Disk

_SLOW_COMMIT_S = 11.0
_AT_ONCE_S = 0.1
_PATIENCE_S = CONSTANTS["call_timeout_s"] - _SLOW_COMMIT_S
"""The time counts from the turn; the frame may leave as late as the slowest commit lets it, and
behind a full disk at any time, but not with another one at once."""


class WatchedLink(WebsocketLink):
    """``ports.Link`` of one life."""

    def __init__(self, time: VirtualTime, disk: Disk, checks: Checks) -> None:
        super().__init__(URL)
        self._time = time
        self._disk = disk
        self._checks = checks
        self._has_called = False
        self._under_way: tuple[str, str, float] | None = None
        self._answered: tuple[str, float] = ("", 0.0)

    async def start(self, post: Post) -> None:
        """See ``WebsocketLink``."""

        def see(event: Event) -> None:
            match event:
                case FrameReceived(text) if text.startswith(('[3,"', '[4,"')):
                    self._take_answer(text.split('"', 2)[1])
                case LinkClosed():
                    self._under_way = None
            post(event)

        await super().start(see)

    def send(self, text: str) -> None:
        """See ``WebsocketLink``."""
        if text.startswith("[2,"):
            _, message_id, _, action, *_ = text.split('"', 4)
            self._look(message_id, action)
            self._disk.ledger.sent[message_id] += 1
            self._under_way = (message_id, action, self._time.now_s)
            self._answer_early(message_id)
        super().send(text)

    def _take_answer(self, message_id: str) -> None:
        self._answered = (message_id, self._time.now_s)
        if self._under_way is not None and message_id == self._under_way[0]:
            self._under_way = None

    def _answer_early(self, message_id: str) -> None:
        """The late answer to one try settles the next one, which is about to leave."""
        answered_id, answered_s = self._answered
        if answered_id == message_id and self._time.now_s - answered_s < _AT_ONCE_S:
            self._under_way = None

    def _look(self, message_id: str, action: str) -> None:
        """BootNotification goes first (``S 4.2``), one CALL waits at a time (``J 4.1.1``), and what
        was answered for good is not sent again."""
        if not self._has_called and action != Action.BOOT_NOTIFICATION:
            self._checks.find(f"{action} is the first CALL of a start")
        self._has_called = True
        if self._under_way is not None:
            _, waiting, sent_s = self._under_way
            patience_s = _AT_ONCE_S if self._disk.is_behind else _PATIENCE_S
            if self._time.now_s - sent_s < patience_s:
                self._checks.find(f"{action} is sent while {waiting} waits for its answer")
        if message_id in self._disk.ledger.gone:
            self._checks.find(f"message {message_id} is sent though it was settled")
