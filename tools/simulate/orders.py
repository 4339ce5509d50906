"""What the central system has ordered, as far as it knows: availability of each connector.

Theory of operation: an order whose answer did not come leaves it unknown until the next answer.
"""

from collections.abc import Sequence

from cp.vocabulary.words import Action
from tools.simulate.lines import Asked


def is_operative(asked: Sequence[Asked], connector_id: int) -> bool | None:
    """As it was ordered last (``S 5.2``, D-13); None: nobody knows."""
    for order in reversed(asked):
        if order.action != Action.CHANGE_AVAILABILITY:
            continue
        if order.payload["connectorId"] not in (0, connector_id):
            continue
        if order.answer is None:
            return None
        if order.answer.get("status") in ("Accepted", "Scheduled"):
            return order.payload["type"] == "Operative"
    return True
