"""Checked reading of TOML tables: every mistake becomes a finding with file, line and mend.

Theory of operation: a ``Document`` is one parsed file with its findings so far. ``table`` checks
the keys of one table against what is known there; ``text`` and ``number`` take one value each and
give the default where there is none or a wrong one, so that one run finds every mistake.
The line of a key comes from a scan of the text: TOML parsers do not keep it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

import tomli

from cp.vocabulary.errors import Finding

_HEADER = re.compile(r"\s*\[+\s*([^\[\]#]+?)\s*\]+\s*(?:#.*)?")
_KEY = re.compile(r"""\s*["']?([^\s"'=#]+)["']?\s*=""")

Table = Mapping[str, object]


class Document:
    """One TOML file; ``tables`` is empty when it cannot be parsed, which is then a finding."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self.wrong: set[tuple[str, str]] = set()
        """Table and key of each finding: what was taken instead is not worth a look."""
        self._lines = dict(reversed(list(_places(text))))
        self.tables: Table = {}
        try:
            self.tables = tomli.loads(text)
        except tomli.TOMLDecodeError as error:
            self.findings.append(Finding(file, error.lineno, f"no valid TOML: {error.msg}"))

    def line(self, table: str, key: str = "") -> int:
        """Line of a key or of the table that it heads, else of what it is written in, else 0: a
        table may be the value of a key, or named by dotted keys."""
        parts = [*table.split("."), key] if key else table.split(".")
        places = [(table, key), (f"{table}.{key}", ""), (table, "")]
        places += [
            (".".join(parts[:cut]), ".".join(parts[cut:end]))
            for cut in range(len(parts) - 1, 0, -1)
            for end in range(len(parts), cut - 1, -1)
        ]
        found = next((self._lines[place] for place in places if place in self._lines), 0)
        if found:
            return found
        # Only tables within it have headers.
        inner = [place for place in self._lines if place[0].startswith(f"{table}.")]
        named = [place for place in inner if place[1] == key]
        return min((self._lines[place] for place in named or inner), default=0)

    def find(self, table: str, key: str, message: str) -> None:
        """Add a finding at this key, once."""
        self.wrong.add((table, key))
        finding = Finding(self.file, self.line(table, key), message)
        if finding not in self.findings:
            self.findings.append(finding)

    def check_tables(self, known: Iterable[str]) -> None:
        """A finding for each table or key at the top that is not known."""
        for name in self.tables:
            if name not in known:
                table = (name, "") if isinstance(self.tables[name], Mapping) else ("", name)
                self.find(*table, f"unknown table {name!r}; {nearest(name, known)}")

    def table(self, name: str, known: Iterable[str] | None = None) -> Table:
        """A table by its dotted name, empty if there is none; unknown keys become findings."""
        part: object = self.tables
        for step in name.split("."):
            part = part.get(step, {}) if isinstance(part, Mapping) else {}
        if not isinstance(part, Mapping):
            self.find("", name, f"{name} is a table; write [{name}]")
            return {}
        if known is not None:
            self.check_keys(name, part, known)
        return part

    def check_keys(self, name: str, part: Table, known: Iterable[str]) -> None:
        """A finding for each key of the table ``part`` that is not known."""
        for key in part:
            if key not in known:
                self.find(name, key, f"unknown key {key!r} in [{name}]; {nearest(key, known)}")

    def text(self, name: str, key: str, default: str, longest: int = 255) -> str:
        """One line of text, not empty, at most ``longest`` characters."""
        table = self.table(name)
        if key not in table:
            return default
        value = table[key]
        if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= longest:
            self.find(name, key, f"{key} is text of 1 to {longest} characters on one line")
            return default
        return value

    def number(self, name: str, key: str, default: float, low: float, high: float) -> float:
        """A number from ``low`` to ``high``; a whole one where the default is whole."""
        value = self.table(name).get(key, default)
        kinds = (int,) if isinstance(default, int) else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
            what = "a whole number" if isinstance(default, int) else "a number"
            self.find(name, key, f"{key} = {value!r} is not {what} from {low:g} to {high:g}")
            return default
        return value


def nearest(word: str, known: Iterable[str]) -> str:
    """``did you mean X?``, or all that is known."""
    import difflib  # only a mistake pays for it

    names = list(known)
    folded = {name.lower(): name for name in names}
    near = difflib.get_close_matches(word.lower(), folded, 1)
    return f"did you mean {folded[near[0]]!r}?" if near else f"known: {', '.join(names)}"


def _places(text: str) -> Iterator[tuple[tuple[str, str], int]]:
    """Every (table, key) with its line; (table, "") for its header."""
    table = ""
    for line, content in enumerate(text.splitlines(), 1):
        if header := _HEADER.fullmatch(content):
            table = header[1].replace('"', "").replace("'", "")
            yield (table, ""), line
        elif key := _KEY.match(content):
            yield (table, key[1]), line
