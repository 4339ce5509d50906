"""What is wrong with a device, in words for the person who has to mend it.

Theory of operation: a driver never raises for a broken device. It keeps a ``Trouble``, posts
``ErrorRaised``, and writes the words to the log once; ``probe`` shows them too.
"""

from cp.vocabulary.lean import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """``saw`` is the problem, ``mend`` what to do about it."""

    saw: str
    mend: str

    def __str__(self) -> str:
        return f"{self.saw}: {self.mend}"
