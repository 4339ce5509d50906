"""What one look at a device saw: for ``statecharge doctor``, before a station goes to work.

Theory of operation: a driver's ``probe`` opens its device once, reads once and closes it. It never
raises for a broken device: what is wrong, and the mend, are the result.
"""

from cp.vocabulary.lean import dataclass


@dataclass(frozen=True, slots=True)
class Probe:
    """One device, for the person in front of the station.

    ``what`` names it ("meter SDM120 at /dev/ttyUSB0, address 1"), ``saw`` is the reading or the
    problem, ``mend`` what to do about a problem, empty when all is well.
    """

    what: str
    is_ok: bool
    saw: str
    mend: str = ""
