"""Rules of the central system: how to answer otherwise than a well-behaved server would.

Theory of operation: a rule waits for a CALL of one action (with certain fields, if it says so) and
is used at most ``times`` times. The newest rule that fits wins; without one the answer of the
books stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cp.vocabulary.words import Action
from tools.net.csms_books import Message
from tools.net.csms_words import Payload

ID_TAG_ACTIONS: Final = (Action.AUTHORIZE, Action.START_TRANSACTION, Action.STOP_TRANSACTION)
"""Actions whose answer has its status in ``idTagInfo``."""

_ID_TAG_FIELDS: Final = ("status", "parentIdTag", "expiryDate")


class RuleKind(StrEnum):
    """What a rule does with the CALL."""

    ANSWER = "answer"
    """Answer with changed fields; the CALL is booked."""
    ERROR = "error"
    """CALLERROR; the CALL is not booked, as if the server had failed over it."""
    SILENCE = "silence"
    """No answer, though the CALL is booked: the answer was lost."""
    CLOSE = "close"
    """As silence, and the connection is closed."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    ``fields``    of the answer, over those of the ordinary one; of an error: nothing.
    ``payload``   the whole answer, unchecked, instead of the ordinary one.
    ``error``     CALLERROR code.
    ``only_if``   fields that the CALL must have, as text, at any depth.
    ``times``     None: for good.
    ``delay_s``   how late the answer goes out.
    """

    action: str
    kind: RuleKind = RuleKind.ANSWER
    fields: tuple[tuple[str, object], ...] = ()
    payload: Payload | None = None
    error: str = ""
    only_if: tuple[tuple[str, str], ...] = ()
    times: int | None = None
    delay_s: float = 0.0

    def changed(self, ordinary: Payload) -> Payload:
        """The answer that this rule makes of the ordinary one."""
        if self.payload is not None:
            return self.payload
        answer = dict(ordinary)
        for name, value in self.fields:
            if self.action in ID_TAG_ACTIONS and name in _ID_TAG_FIELDS:
                info = answer.get("idTagInfo")
                answer["idTagInfo"] = {**(info if isinstance(info, Mapping) else {}), name: value}
            else:
                answer[name] = value
        return answer


class Answers:
    """The rules in force."""

    def __init__(self) -> None:
        self._rules: list[tuple[Rule, int | None]] = []

    def add(self, rule: Rule) -> None:
        """From now on; goes before older rules."""
        self._rules.insert(0, (rule, rule.times))

    def clear(self, action: str | None = None) -> None:
        """Forget the rules of this action, or all."""
        self._rules = [item for item in self._rules if action not in (None, item[0].action)]

    def take(self, message: Message) -> Rule | None:
        """The rule for this CALL, which is thereby used once."""
        for index, (rule, left) in enumerate(self._rules):
            if rule.action == message.action and has_fields(message.payload, rule.only_if):
                if left == 1:
                    del self._rules[index]
                elif left is not None:
                    self._rules[index] = (rule, left - 1)
                return rule
        return None


def has_fields(payload: object, fields: tuple[tuple[str, str], ...]) -> bool:
    """Each named field is somewhere in the payload with one of its values (``a|b``)."""
    return all(_has(payload, name, frozenset(text.split("|"))) for name, text in fields)


def _has(part: object, name: str, texts: frozenset[str]) -> bool:
    if isinstance(part, Mapping):
        if name in part and as_text(part[name]) in texts:
            return True
        return any(_has(inner, name, texts) for inner in part.values())
    return isinstance(part, list) and any(_has(inner, name, texts) for inner in part)


def as_text(value: object) -> str:
    """A JSON value as a person writes it in ``field=value``."""
    return str(value).lower() if isinstance(value, bool) else str(value)
