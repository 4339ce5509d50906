"""Where things stand in a chart's text: the line of every state header, key and transition.

Theory of operation: the TOML parser gives values without lines. The dialect is flat and strict
enough to find them by looking at line starts: one ``[states.NAME]`` header per state, one
transition per physical line between ``transitions = [`` and ``]``. What does not look like that is
a finding, so that every later finding has a line number.
"""

import re
from dataclasses import dataclass, field
from typing import Final

import tomli

from cp.vocabulary.errors import Finding

_HEADER: Final = re.compile(r"\[states\.([A-Za-z0-9_-]+)\]")
_NESTED: Final = re.compile(r"\[states\..*\.([^.\]]+)\]")
_KEY: Final = re.compile(r"([A-Za-z0-9_-]+)\s*=\s*(.*)")
MAX_COLUMNS: Final = 160
_ONE_PER_LINE: Final = "one transition per physical line"


@dataclass(slots=True)
class Section:
    """The lines of one state (or of the document's head, whose id is empty)."""

    state_id: str
    line: int
    keys: dict[str, int] = field(default_factory=dict)
    rows: list[tuple[int, str]] = field(default_factory=list)
    transition_lines: list[int] = field(default_factory=list)

    def line_of(self, key: str) -> int:
        """The line of a key, or the header's line if the key is not there."""
        return self.keys.get(key, self.line)


@dataclass(slots=True)
class Layout:
    """All sections of a text, and what is wrong with its form."""

    file: str
    head: Section = field(default_factory=lambda: Section("", 1))
    sections: dict[str, Section] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def find(self, line: int, message: str) -> None:
        """Note one finding of this file."""
        self.findings.append(Finding(self.file, line, message))


def scan(text: str, file: str) -> Layout:
    """The layout of ``text``; raises nothing, whatever the text is."""
    layout = Layout(file)
    section = layout.head
    in_rows = False
    for line, raw in enumerate(text.splitlines(), start=1):
        content = raw.strip()
        if len(raw) > MAX_COLUMNS:
            layout.find(line, f"{len(raw)} columns; a chart has at most {MAX_COLUMNS}")
        if '"""' in content or "'''" in content:
            layout.find(line, "strings over several lines are refused; write one sentence")
        elif in_rows:
            in_rows = not content.startswith("]")
            if content.startswith("{"):
                section.rows.append((line, content))
        elif content.startswith("["):
            section = _open_section(layout, content, line)
        elif match := _KEY.match(content):
            in_rows = _note_key(layout, section, match[1], match[2], line)
    return layout


def check_rows(layout: Layout) -> None:
    """Give each transition its line and find rows that are not exactly one transition.

    The whole text is known to be TOML.
    """
    for section in layout.sections.values():
        for line, content in section.rows:
            if _is_plain_row(content):
                section.transition_lines.append(line)
                continue
            try:
                count = len(tomli.loads(f"row = [\n{content}\n]")["row"])
            except tomli.TOMLDecodeError:
                layout.find(line, f"a transition spans several lines; {_ONE_PER_LINE}")
                count = 1
            section.transition_lines += [line] * count
            if count > 1:
                layout.find(line, f"{count} transitions on one line; {_ONE_PER_LINE}")


def _is_plain_row(content: str) -> bool:
    """Surely one transition, as nearly every row is: parsing them all again costs a start 3 ms."""
    row = content.removesuffix(",")
    is_closed = row.startswith("{") and row.endswith("}")
    return is_closed and row.count("{") == row.count("}") == 1


def _open_section(layout: Layout, content: str, line: int) -> Section:
    """The section of a header line; one that is refused gets a section that nobody reads."""
    match = _HEADER.match(content)
    if match is None:
        nested = _NESTED.match(content)
        mend = f'[states.{nested[1]}] with in = "PARENT"' if nested else "[states.NAME]"
        layout.find(line, f"header '{content}' is refused; write {mend}")
        return Section("", line)
    state_id = match[1]
    first = layout.sections.get(state_id)
    if first is not None:
        layout.find(line, f"state '{state_id}' is declared twice, first in line {first.line}")
        return Section(state_id, line)
    layout.sections[state_id] = section = Section(state_id, line)
    return section


def _note_key(layout: Layout, section: Section, key: str, rest: str, line: int) -> bool:
    """Note the line of a key; whether it opens the list of transitions."""
    if key in section.keys:
        place = f"state '{section.state_id}'" if section.state_id else "the chart"
        layout.find(
            line, f"key '{key}' of {place} is given twice, first in line {section.keys[key]}"
        )
    section.keys[key] = line
    if key != "transitions":
        return False
    opens = rest.partition("#")[0].strip() == "["
    if not opens:
        layout.find(line, f"'transitions = [' stands alone; {_ONE_PER_LINE}, then ']'")
    return opens


def key_lines(text: str) -> dict[str, int]:
    """Lines of headers and keys of any flat TOML text, by ``header`` and ``header.key``."""
    lines: dict[str, int] = {}
    header = ""
    for line, raw in enumerate(text.splitlines(), start=1):
        content = raw.strip()
        if content.startswith("[") and (end := content.find("]")) > 0:
            header = content[1:end].strip()
            lines[header] = line
        elif match := _KEY.match(content):
            lines[f"{header}.{match[1]}"] = line
    return lines
