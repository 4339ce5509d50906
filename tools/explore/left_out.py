"""What no run reaches, and why nothing is lost: by chart and element, as ``report`` names them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_NO_LINK: Final = "every chart asks is_online before it creates such a CALL; scenarios do not"
_ROOM: Final = "the disk has room (line); scenarios have a full one"
_WINDOW: Final = "so few messages wait that all are in memory (line); scenarios have more"

LEFT_OUT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "authorization: resting-stop_asked-1 is_registered no": (
            "the group of an open transaction was told by the central system after it had accepted"
        ),
        "delivery: disconnected-call_created-1 is_transaction_message no": _NO_LINK,
        "delivery: disconnected-call_created-2": _NO_LINK,
        "delivery: disconnected-calls_loaded-1": _WINDOW,
        "delivery: connected-calls_loaded-1": _WINDOW,
        "delivery: draining-outbox_changed-7 is_loading yes": _WINDOW,
        "delivery: awaiting-after_call_timeout_s-1": _ROOM,
        "delivery: awaiting-after_call_timeout_s-1 is_storage_low yes": _ROOM,
    }
)
