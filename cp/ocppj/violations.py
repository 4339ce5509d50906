"""What is wrong with a payload, and which CALLERROR says so (``J 4.2.3``, ``JE 5``).

Theory of operation: a generated validator raises ``Violation`` with the JSON schema rule that was
broken; the rule names the CALLERROR code. Where two definitions of the specification overlap, one
of the two is taken. The text names the place in the schema and never repeats the peer's own words.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from cp.vocabulary.errors import PeerError
from cp.vocabulary.words import CallErrorCode

Validator = Callable[[object], None]
"""Returns None for a payload that keeps to its schema, raises ``Violation`` for any other."""

_CODES: Final[Mapping[str, CallErrorCode]] = MappingProxyType(
    {
        "type": CallErrorCode.TYPE_CONSTRAINT_VIOLATION,
        "required": CallErrorCode.PROTOCOL_ERROR,
        "additionalProperties": CallErrorCode.FORMATION_VIOLATION,
        "enum": CallErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
        "maxLength": CallErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
        "format": CallErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
        "minimum": CallErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
        "maxItems": CallErrorCode.OCCURENCE_CONSTRAINT_VIOLATION,
        "minItems": CallErrorCode.OCCURENCE_CONSTRAINT_VIOLATION,
    }
)

_TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "type": "has the wrong type",
        "required": "is required",
        "additionalProperties": "has a field that the schema does not know",
        "enum": "is none of the allowed values",
        "maxLength": "is too long",
        "format": "is malformed",
        "minimum": "is too low",
        "maxItems": "has too many items",
        "minItems": "has too few items",
    }
)

ROOT: Final = "payload"
"""The place of the payload itself."""


class Violation(PeerError):
    """A payload breaks ``rule`` at ``place``, for example ``payload.key[3]``."""

    def __init__(self, rule: str, place: str) -> None:
        super().__init__(f"{place} {_TEXTS[rule]}")
        self.rule = rule
        self.place = place

    @property
    def error_code(self) -> CallErrorCode:
        """The CALLERROR code; a payload that is no object is no payload (``J 4.2.1``)."""
        if self.rule == "type" and self.place == ROOT:
            return CallErrorCode.FORMATION_VIOLATION
        return _CODES[self.rule]
