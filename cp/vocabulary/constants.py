"""Product constants that charts may name in ``after`` and ``every``: seconds, one line of why each.

A chart names one of these, a configuration key, or a duration method of its behavior.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CONSTANTS: Final[Mapping[str, float]] = MappingProxyType(
    {
        # The EV gets a moment to close S2 before SuspendedEV is reported (``status.md`` 4).
        "ev_settling_s": 1.0,
        # A healthy contactor moves in 50 ms; its feedback may bounce a little longer.
        "contactor_closing_s": 0.5,
        "contactor_opening_s": 0.5,
        # A contactor that did not close rests before it is tried again.
        "contactor_rest_s": 60.0,
        # Last known register and time of an open transaction, for a meter that dies with the power.
        "checkpoint_s": 10.0,
        # An answer that takes longer counts as none (``J 4.1``, D-11).
        "call_timeout_s": 30.0,
        # A connection that stayed up this long resets the back-off (``ocppj.md`` 1).
        "link_stable_s": 60.0,
        # Time a driver gets to open the WebSocket before the attempt counts as failed.
        "link_opening_s": 20.0,
        # Own wait when the central system gives none (``S 4.2``).
        "boot_retry_s": 60.0,
        # A soft and a hard reset wait so long for StopTransaction.conf (``operations.md`` 3).
        "soft_reset_s": 30.0,
        "hard_reset_s": 5.0,
        # Then the last StatusNotification goes out before the link is closed (``T 016``).
        "goodbye_s": 1.0,
        # An update that waits for an idle outlet looks again so often.
        "idle_check_s": 10.0,
        # Writing a slot takes minutes on slow flash; then the installer is given up.
        "install_limit_s": 1800.0,
        # New firmware has this long to be accepted by the central system; then the old one returns.
        "verify_limit_s": 600.0,
    }
)

REAL_TIME: Final[frozenset[str]] = frozenset(
    {"call_timeout_s", "link_stable_s", "link_opening_s", "link_back_off_s"}
)
"""Durations that ``time_scale`` of the bench leaves alone: they concern the real network."""
