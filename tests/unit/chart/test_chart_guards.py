"""The language of guards."""

import pytest

from cp.chart.guards import Both, Either, GuardSyntaxError, Not, Term, conjuncts, names, parse


def test_precedence_is_that_of_python() -> None:
    a, b, c = Term("a"), Term("b"), Term("c")
    assert parse("a or b and not c") == Either(a, Both(b, Not(c)))
    assert parse("(a or b) and c") == Both(Either(a, b), c)
    assert parse("not a and b") == Both(Not(a), b)
    assert parse("not not a") == Not(Not(a))
    assert parse("a and b and c") == Both(Both(a, b), c)


def test_leaves() -> None:
    guard = parse("a and (b or not In('idle')) and a")
    assert names(guard) == ("a", "b")
    assert conjuncts(guard) == ("a", "b", "In('idle')")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a b",
        "a and",
        "and a",
        "(a",
        "a)",
        "a == b",
        "x in [1, 2]",
        "a.b",
        "f()",
        "'true'",
        "In(idle)",
        "In('idle'",
        "not",
        "a, b",
        "1",
        "a & b",
        "!a",
        "lambda: a",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(GuardSyntaxError, match="a guard has names"):
        parse(text)
