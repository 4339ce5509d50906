"""Where the certificate's rows are met and what proves it: charts, scenarios, tests.

Theory of operation: a row is cited by its id, a test case as ``T 037_1``. Charts cite in ``req``,
scenarios in their first comment, test functions in their docstring and comments (an id in test data
cites nothing). Tests are read, not run: that they pass is for ``make test`` to say.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cp.chart import ChartDocument, StateDocument, TransitionDocument

TESTS = Path(__file__).parent.parent / "tests"


@dataclass(frozen=True, slots=True)
class Proof:
    """One scenario or test function: its ``name`` for the reader, the ``text`` that cites.

    ``is_failing``: the test is marked as one that fails (``xfail``), and so proves the contrary.
    """

    name: str
    text: str
    is_failing: bool = False

    def cites(self, tag: str) -> bool:
        """Is this tag in the text, as a word: ``ORS-1`` is not in ``ORS-11`` or ``ORS-1.2``?"""
        return re.search(rf"(?<![\w.-]){re.escape(tag)}(?![\w-]|\.\d)", self.text) is not None


def proofs(folder: Path = TESTS) -> tuple[Proof, ...]:
    """All scenarios and test functions of a folder, by name."""
    found = [*_scenarios(folder), *_functions(folder)]
    return tuple(sorted(found, key=lambda item: item.name))


def _scenarios(folder: Path) -> Iterator[Proof]:
    for path in (folder / "scenarios").rglob("*.txt"):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        if first.startswith("#"):
            yield Proof(str(path.relative_to(folder)), first)


def _functions(folder: Path) -> Iterator[Proof]:
    for path in folder.rglob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        comments = [
            (token.start[0], token.string)
            for token in tokenize.generate_tokens(io.StringIO(text).readline)
            if token.type == tokenize.COMMENT
        ]
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                first = min([node.lineno, *(item.lineno for item in node.decorator_list)])
                inside = range(first, (node.end_lineno or first) + 1)
                cited = [ast.get_docstring(node) or ""]
                cited += [words for line, words in comments if line in inside]
                marks = " ".join(ast.unparse(item) for item in node.decorator_list)
                name = f"{path.relative_to(folder)}::{node.name}"
                yield Proof(name, "\n".join(cited), "xfail" in marks)


def elements(documents: tuple[ChartDocument, ...], tag: str) -> tuple[str, ...]:
    """States and transitions that cite the tag: ``chart: ID, ID``."""
    found = []
    for document in documents:
        ids = [
            item.id for state in document.states for item in _elements_of(state) if tag in item.req
        ]
        if ids:
            found.append(f"{document.name}: {', '.join(ids)}")
    return tuple(found)


def _elements_of(state: StateDocument) -> tuple[StateDocument | TransitionDocument, ...]:
    return (state, *state.transitions)
