"""Text of a chart to frozen records; every mistake of form is a finding with its line.

Theory of operation: the text is laid out (``layout``), parsed as TOML, then each table is taken
apart key by key. A document comes back whenever the text is TOML and its states form a tree, also
when there are findings, so that the checker can add its own in the same run; nobody runs a chart
that has findings. Pure: text in, records out.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

import tomli

from cp.chart.document import ChartDocument, StateDocument, TimerKind, TransitionDocument
from cp.chart.layout import Layout, Section, check_rows, scan
from cp.chart.names import RESERVED, is_snake, is_timer_key, nearest
from cp.chart.refusals import REFUSED_KEYS
from cp.vocabulary.errors import Finding
from cp.vocabulary.words import ChargePointStatus

_DOCUMENT_KEYS: Final = ("name", "doc", "states")
_TEXT_KEYS: Final = ("doc", "req")
_STATE_KEYS: Final = (
    *_TEXT_KEYS,
    "in",
    "status",
    "silent",
    "final",
    "enter",
    "exit",
    "transitions",
)
_TIMER_KEYS: Final = tuple(kind.value for kind in TimerKind)
_TRANSITION_KEYS: Final = ("event", *_TIMER_KEYS, "cond", "target", "on", *_TEXT_KEYS)

_Table = Mapping[str, object]


def read_chart(text: str, file: str) -> tuple[ChartDocument | None, tuple[Finding, ...]]:
    """The chart in ``text`` and everything that is wrong with its form, in order of lines.

    ``file`` is the name shown in findings. The document is None when ``text`` is no TOML or its
    states are no tree.
    """
    layout = scan(text, file)
    try:
        data: _Table = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        if not any(finding.line == error.lineno for finding in layout.findings):
            layout.find(error.lineno, f"this is no TOML: {error.msg}")
        return None, tuple(sorted(layout.findings))
    check_rows(layout)
    document = _Reader(layout).read_document(data, text)
    return document, tuple(sorted(set(layout.findings)))


class _Reader:
    """Takes the parsed tables of one text apart; findings go to its layout."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    # ---- document --------------------------------------------------------------------------------

    def read_document(self, data: _Table, text: str) -> ChartDocument | None:
        head = self._layout.head
        self._check_keys(data, _DOCUMENT_KEYS, head.line_of, "the chart")
        name = self._text(data, "name", head.line_of("name"))
        doc = self._text(data, "doc", head.line_of("doc"))
        for key, value in (("name", name), ("doc", doc)):
            if not value and key not in data:
                self._find(1, f"the chart has no '{key}'")
        self._check_name(name, "chart name", head.line_of("name"))
        tables = self._tables(data)
        parents = {state_id: self._parent(state_id, tables) for state_id in tables}
        if not tables or not self._is_tree(parents):
            return None
        states = tuple(self._read_state(key, tables[key], parents) for key in tables)
        digest = hashlib.sha256(text.encode()).hexdigest()
        return ChartDocument(name, doc, self._layout.file, digest, states)

    def _tables(self, data: _Table) -> dict[str, _Table]:
        states = data.get("states")
        if not isinstance(states, Mapping) or not states:
            self._find(1, "the chart has no states; write [states.NAME]")
            return {}
        tables: dict[str, _Table] = {}
        for state_id, table in states.items():
            if isinstance(table, Mapping) and state_id in self._layout.sections:
                tables[state_id] = table
            else:
                self._find(1, f"state '{state_id}' has no header [states.{state_id}] of its own")
        return tables

    def _parent(self, state_id: str, tables: Mapping[str, _Table]) -> str | None:
        line = self._layout.sections[state_id].line_of("in")
        parent = self._text(tables[state_id], "in", line) or None
        if parent is not None and parent not in tables:
            self._find(line, f"in = '{parent}' names no state{nearest(parent, tables)}")
            return None
        return parent

    def _is_tree(self, parents: Mapping[str, str | None]) -> bool:
        is_tree = True
        for state_id in parents:
            seen: list[str] = []
            cursor: str | None = state_id
            while cursor is not None and cursor not in seen:
                seen.append(cursor)
                cursor = parents[cursor]
            if cursor == state_id:
                is_tree = False
                line = self._layout.sections[state_id].line_of("in")
                self._find(
                    line, f"state '{state_id}' lies in itself: {' in '.join([*seen, cursor])}"
                )
        return is_tree

    # ---- states ----------------------------------------------------------------------------------

    def _read_state(
        self, state_id: str, table: _Table, parents: Mapping[str, str | None]
    ) -> StateDocument:
        section = self._layout.sections[state_id]
        self._check_keys(table, _STATE_KEYS, section.line_of, f"state '{state_id}'")
        self._check_name(state_id, "state", section.line)
        if state_id in RESERVED:
            self._find(section.line, f"state '{state_id}' has a reserved name; choose another one")
        return StateDocument(
            id=state_id,
            parent=parents[state_id],
            children=tuple(child for child, parent in parents.items() if parent == state_id),
            enter=self._names(table, "enter", section.line_of("enter")),
            exit=self._names(table, "exit", section.line_of("exit")),
            transitions=self._read_transitions(table, section),
            status=self._status(table, section.line_of("status")),
            is_silent=self._flag(table, "silent", section.line_of("silent")),
            is_final=self._flag(table, "final", section.line_of("final")),
            doc=self._text(table, "doc", section.line_of("doc")),
            req=self._texts(table, "req", section.line_of("req")),
            line=section.line,
        )

    def _status(self, table: _Table, line: int) -> ChargePointStatus | None:
        word = self._text(table, "status", line)
        if not word:
            return None
        try:
            return ChargePointStatus(word)
        except ValueError:
            self._find(line, f"'{word}' is no ChargePointStatus{nearest(word, ChargePointStatus)}")
            return None

    # ---- transitions -----------------------------------------------------------------------------

    def _read_transitions(self, table: _Table, section: Section) -> tuple[TransitionDocument, ...]:
        rows = table.get("transitions", [])
        first_line = section.line_of("transitions")
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            self._find(first_line, "transitions must be a list of tables: { event = ..., ... }")
            return ()
        lines = section.transition_lines
        if len(lines) != len(rows):  # found by the layout already
            lines = [first_line] * len(rows)
        counts: Counter[str] = Counter()
        return tuple(
            self._read_transition(section.state_id, row, line, counts)
            for row, line in zip(rows, lines, strict=True)
        )

    def _read_transition(
        self, source: str, row: _Table, line: int, counts: Counter[str]
    ) -> TransitionDocument:
        self._check_keys(row, _TRANSITION_KEYS, lambda _: line, f"a transition of '{source}'")
        event, timer, timer_key = self._trigger(row, line)
        counts[event] += 1
        target = self._text(row, "target", line) or None
        if target is not None:
            self._check_name(target, "target", line)
        return TransitionDocument(
            id=f"{source}-{event}-{counts[event]}",
            source=source,
            event=event,
            guard=self._text(row, "cond", line),
            target=target,
            actions=self._names(row, "on", line),
            timer=timer,
            timer_key=timer_key,
            doc=self._text(row, "doc", line),
            req=self._texts(row, "req", line),
            line=line,
        )

    def _trigger(self, row: _Table, line: int) -> tuple[str, TimerKind | None, str]:
        """Event name, timer kind and timer key; the event is empty after a finding."""
        given = [key for key in ("event", *_TIMER_KEYS) if key in row]
        if len(given) != 1:
            what = " and ".join(given) if given else "none of them: nothing would trigger it"
            self._find(line, f"a transition has exactly one of event, after, every, at; got {what}")
            return "", None, ""
        word = self._text(row, given[0], line)
        if given[0] == "event":
            if word and not is_snake(word):
                self._find(line, f"event '{word}' must be one plain name in snake case")
                word = ""
            return word, None, ""
        if not is_timer_key(word):
            if word:
                mend = "must be the name of a key or of a duration"
                self._find(line, f"{given[0]} = '{word}' {mend}")
            return "", None, ""
        return f"{given[0]}_{word}", TimerKind(given[0]), word

    # ---- values ----------------------------------------------------------------------------------

    def _find(self, line: int, message: str) -> None:
        self._layout.find(line, message)

    def _check_keys(
        self, table: _Table, known: tuple[str, ...], line_of: Callable[[str], int], place: str
    ) -> None:
        for key in table:
            if key not in known:
                mend = REFUSED_KEYS.get(key)
                because = f"is refused: {mend}" if mend else f"is unknown{nearest(key, known)}"
                self._find(line_of(key), f"key '{key}' of {place} {because}")

    def _check_name(self, name: str, what: str, line: int) -> None:
        if name and not is_snake(name):
            self._find(line, f"{what} '{name}' must be one plain name in snake case")

    def _text(self, table: _Table, key: str, line: int) -> str:
        value = table.get(key, "")
        if not isinstance(value, str):
            self._find(line, f"'{key}' must be a string, not {value!r}")
            return ""
        if key in table and not value.strip():
            self._find(line, f"'{key}' is empty; leave it out or fill it in")
        return value

    def _flag(self, table: _Table, key: str, line: int) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            self._find(line, f"'{key}' must be true or false, not {value!r}")
            return False
        return value

    def _texts(self, table: _Table, key: str, line: int) -> tuple[str, ...]:
        value = table.get(key, [])
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) and item for item in items):
            self._find(line, f"'{key}' must be a string or a list of strings, not {value!r}")
            return ()
        return tuple(items)

    def _names(self, table: _Table, key: str, line: int) -> tuple[str, ...]:
        value = table.get(key)
        items = value if isinstance(value, list) else [value]
        if any(isinstance(item, Mapping) for item in items):
            self._find(line, f"'{key}' holds a table; actions are names of behavior methods")
            return ()
        names = self._texts(table, key, line)
        for name in names:
            self._check_name(name, "action", line)
        return names
