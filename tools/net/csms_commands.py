"""Commands to the central system, as frozen records.

Theory of operation: ``csms_language`` makes them of lines, ``csms_play`` carries them out.
"""

from dataclasses import dataclass

from tools.net.csms_answers import Rule
from tools.net.csms_words import Fields, Payload


@dataclass(frozen=True, slots=True)
class Wait:
    """``wait SECONDS``."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Expect:
    """``expect``, ``also`` or ``never``, as ``verb`` says."""

    verb: str
    action: str
    fields: Fields
    within_s: float


@dataclass(frozen=True, slots=True)
class SendCall:
    """A CALL to the station; ``expected`` is the word of the answer, ``nothing`` for silence."""

    action: str
    payload: Payload
    is_raw: bool
    expected: str | None
    fields: Fields
    within_s: float


@dataclass(frozen=True, slots=True)
class AddRule:
    """``on ACTION ...``; None: answer this action as usual again."""

    action: str
    rule: Rule | None


@dataclass(frozen=True, slots=True)
class SetTag:
    """``tag ID STATUS``."""

    id_tag: str
    status: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class SendText:
    """``raw TEXT``: any text frame."""

    text: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """``refuse SECONDS``; 0 accepts again."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Select:
    """``station ID``."""

    station: str


@dataclass(frozen=True, slots=True)
class Plain:
    """A verb without words: ``close``, ``books``, ``help``, ``quit``."""

    verb: str


Command = Wait | Expect | SendCall | AddRule | SetTag | SendText | Refuse | Select | Plain
