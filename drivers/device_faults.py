"""A broken device as an error within a driver, and the log of what broke and what works again.

Theory of operation: the parts of a driver raise ``DeviceError``, which carries a ``Trouble``; the
driver itself never raises it: it goes on, tries again by itself and posts ``ErrorRaised``.
``FaultLog`` keeps a device that stays broken from filling the log.
"""

import logging
from collections.abc import Mapping
from typing import Final

from cp.vocabulary.errors import HardwareError
from drivers.trouble import Trouble

_LOG: Final = logging.getLogger("statecharge.drivers")


class DeviceError(HardwareError):
    """A device does not do what it should."""

    def __init__(self, saw: str, mend: str) -> None:
        self.trouble = Trouble(saw, mend)
        super().__init__(str(self.trouble))


class FaultLog:
    """Tells what broke and what works again, once each."""

    def __init__(self) -> None:
        self._told: dict[str, Trouble] = {}

    def tell(self, troubles: Mapping[str, Trouble]) -> None:
        """``troubles`` are all that are present, by the name of the part."""
        for name, trouble in troubles.items():
            if self._told.get(name) != trouble:
                _LOG.warning("%s: %s", name, trouble)
        for name in sorted(self._told.keys() - troubles.keys()):
            _LOG.warning("%s works again", name)
        self._told = dict(troubles)
