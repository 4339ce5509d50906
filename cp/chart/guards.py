"""The language of guards: names, ``not``, ``and``, ``or``, parentheses and ``In('state')``.

Theory of operation: a guard is parsed by hand into three kinds of nodes. The engine's own
evaluator is never used: there a misspelt name is silently false. What ``parse`` accepts has no
values, no comparisons and no calls, so a guard can only combine answers that have names.
"""

import re
from typing import Final

from cp.vocabulary.lean import dataclass

_TOKEN: Final = re.compile(r"In\(\s*'([^']*)'\s*\)|[A-Za-z_][A-Za-z0-9_]*|[()]|\S")
_GRAMMAR: Final = "a guard has names, not, and, or, parentheses and In('state')"
_WORDS: Final = frozenset({"and", "or", "not"})


@dataclass(frozen=True, slots=True)
class Term:
    """A leaf: the name of a guard method or fact, or with ``is_state`` the state of an ``In``."""

    name: str
    is_state: bool = False

    def __str__(self) -> str:
        return f"In('{self.name}')" if self.is_state else self.name


@dataclass(frozen=True, slots=True)
class Not:
    """Negation."""

    operand: "Guard"


@dataclass(frozen=True, slots=True)
class Both:
    """``left and right``; ``right`` is evaluated only if it matters."""

    left: "Guard"
    right: "Guard"


@dataclass(frozen=True, slots=True)
class Either:
    """``left or right``; ``right`` is evaluated only if it matters."""

    left: "Guard"
    right: "Guard"


Guard = Term | Not | Both | Either


class GuardSyntaxError(ValueError):
    """The text is no guard; the message tells the mend. Becomes a finding of the checker."""


def parse(text: str) -> Guard:
    """The guard in ``text``. Raises GuardSyntaxError."""
    tokens = [(match[0], match[1]) for match in _TOKEN.finditer(text)]
    parser = _Parser(tokens)
    guard = parser.either()
    if parser.word:
        raise GuardSyntaxError(f"guard '{text}' goes on with '{parser.word}'; {_GRAMMAR}")
    return guard


def terms(guard: Guard) -> tuple[Term, ...]:
    """The leaves of a guard from left to right, each once."""
    match guard:
        case Term():
            return (guard,)
        case Not(operand):
            return terms(operand)
        case Both(left, right) | Either(left, right):
            return tuple(dict.fromkeys(terms(left) + terms(right)))


def names(guard: Guard) -> tuple[str, ...]:
    """The methods and facts that a guard asks, without the states of ``In``."""
    return tuple(term.name for term in terms(guard) if not term.is_state)


def conjuncts(guard: Guard) -> tuple[str, ...]:
    """The leaves as text: what coverage counts, each true once and false once."""
    return tuple(str(term) for term in terms(guard))


class _Parser:
    """Recursive descent over ``(text, state of In or None)`` tokens."""

    def __init__(self, tokens: list[tuple[str, str | None]]) -> None:
        self._tokens = tokens
        self._position = 0

    @property
    def word(self) -> str:
        """The present token, empty at the end."""
        return self._tokens[self._position][0] if self._position < len(self._tokens) else ""

    def either(self) -> Guard:
        guard = self._both()
        while self._take("or"):
            guard = Either(guard, self._both())
        return guard

    def _both(self) -> Guard:
        guard = self._negated()
        while self._take("and"):
            guard = Both(guard, self._negated())
        return guard

    def _negated(self) -> Guard:
        return Not(self._negated()) if self._take("not") else self._leaf()

    def _leaf(self) -> Guard:
        if self._take("("):
            guard = self.either()
            if not self._take(")"):
                raise GuardSyntaxError(f"a parenthesis is not closed; {_GRAMMAR}")
            return guard
        word = self.word
        if not (word.isidentifier() or word.startswith("In(")) or word in _WORDS:
            what = f"cannot have '{word}' here" if word else "ends too early"
            raise GuardSyntaxError(f"a guard {what}; {_GRAMMAR}")
        state = self._tokens[self._position][1]
        self._position += 1
        return Term(word) if state is None else Term(state, is_state=True)

    def _take(self, word: str) -> bool:
        if self.word != word:
            return False
        self._position += 1
        return True
