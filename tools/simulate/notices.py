"""Statuses of updates and uploads, as they arrived: in an order that the specification has.

Theory of operation: judged where a status is not lost on the way while the station waits for its
answer, and where nobody asks for it. A connection or a process that ends may repeat one.
"""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final

from cp.vocabulary.words import Action
from tools.simulate.central import Central
from tools.simulate.draw import Draw

_LOSSY: Final = frozenset({"half-open", "stall", "outage", "slow network", "disk full"})

_NEXT: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    Action.FIRMWARE_STATUS_NOTIFICATION: {
        "": frozenset({"Downloading", "DownloadFailed"}),
        "Downloading": frozenset({"Downloaded", "DownloadFailed"}),
        "Downloaded": frozenset({"Installing", "Downloading", "DownloadFailed"}),
        "Installing": frozenset({"Installed", "InstallationFailed"}),
    },
    Action.DIAGNOSTICS_STATUS_NOTIFICATION: {
        "": frozenset({"Uploading"}),
        "Uploading": frozenset({"Uploaded", "UploadFailed"}),
    },
}
"""What may follow each status that is not the last; a newer request may begin anew before."""


def notices(central: Central, draw: Draw) -> Iterator[str]:
    """What is wrong with their order (``S 4.4``, ``S 4.5``)."""
    if _LOSSY & set(draw.trouble) or "TriggerMessage" in draw.requests:
        return
    for action, following in _NEXT.items():
        told = [
            str(arrival.payload["status"])
            for arrival in central.arrivals.values()
            if arrival.action == action
        ]
        state = ""
        for status, _ in groupby(told):
            if status not in following[state]:
                yield f"{action} {status} after {state or 'the last one'}: {told}"
                return
            state = status if status in following else ""
        if state:
            yield f"{action} ends with {state}"
