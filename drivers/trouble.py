"""What is wrong with a device, in words for the person who has to mend it.

Theory of operation: a driver never raises for a broken device. It keeps a ``Trouble``, posts
``ErrorRaised``, and writes the words to the log once; ``probe`` shows them too.
"""

from collections.abc import Iterable

from cp.vocabulary.lean import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """``saw`` is the problem, ``mend`` what to do about it."""

    saw: str
    mend: str

    def __str__(self) -> str:
        return f"{self.saw}: {self.mend}"


def words_of(troubles: Iterable[Trouble]) -> tuple[str, str]:
    """What was seen and what to do, each sentence once."""
    several = tuple(troubles)
    saw = dict.fromkeys(trouble.saw for trouble in several)
    return ", ".join(saw), ", ".join(dict.fromkeys(trouble.mend for trouble in several))
