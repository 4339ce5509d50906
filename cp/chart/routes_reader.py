"""Text of ``routes.toml`` to frozen records; every mistake of form is a finding with its line."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, TypeVar

import tomli

from cp.chart.layout import key_lines
from cp.chart.names import nearest
from cp.chart.routes import CallRoute, Routes
from cp.vocabulary.errors import Finding
from cp.vocabulary.words import Action, CallErrorCode

_TABLES: Final = ("events", "machines", "calls")
_WAYS: Final = ("event", "answer", "error", "domain")
_CALL_KEYS: Final = (*_WAYS, "decides", "refusal")

_Table = Mapping[str, object]
_T = TypeVar("_T", str, int)


def read_routes(text: str, file: str) -> tuple[Routes | None, tuple[Finding, ...]]:
    """The routes in ``text`` and what is wrong with their form; None when ``text`` is no TOML."""
    try:
        data: _Table = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        return None, (Finding(file, error.lineno, f"this is no TOML: {error.msg}"),)
    reader = _Reader(file, key_lines(text))
    routes = reader.read(data)
    return routes, tuple(sorted(set(reader.findings)))


class _Reader:
    """Takes the three tables apart."""

    def __init__(self, file: str, lines: Mapping[str, int]) -> None:
        self.findings: list[Finding] = []
        self._file = file
        self._lines = lines

    def read(self, data: _Table) -> Routes:
        self._check_keys(data, _TABLES, "")
        return Routes(
            file=self._file,
            events=self._lists(data, "events", str),
            connectors=self._lists(data, "machines", int),
            calls=self._calls(self._table(data, "calls", "calls")),
            lines=MappingProxyType(dict(self._lines)),
        )

    def _lists(self, data: _Table, key: str, kind: type[_T]) -> Mapping[str, tuple[_T, ...]]:
        lists: dict[str, tuple[_T, ...]] = {}
        for name, value in self._table(data, key, key).items():
            given: list[object] = value if isinstance(value, list) else [value]
            items = tuple(item for item in given if isinstance(item, kind))
            if len(set(items)) == len(given):
                lists[name] = items
            else:
                what = "charts" if kind is str else "connector ids"
                self._find(f"{key}.{name}", f"'{name}' must be a list of different {what}")
        return MappingProxyType(lists)

    def _calls(self, table: _Table) -> Mapping[Action, CallRoute]:
        calls: dict[Action, CallRoute] = {}
        for name in table:
            place = f"calls.{name}"
            try:
                action = Action(name)
            except ValueError:
                self._find(place, f"'{name}' is no action of OCPP 1.6{nearest(name, Action)}")
                continue
            calls[action] = self._call(action, self._table(table, name, place), place)
        return MappingProxyType(calls)

    def _call(self, action: Action, table: _Table, place: str) -> CallRoute:
        self._check_keys(table, _CALL_KEYS, f"{place}.")
        given = [key for key in _WAYS if key in table]
        if len(given) != 1:
            what = " and ".join(given) or "none of them"
            self._find(
                place, f"[{place}] has exactly one of event, answer, error, domain; got {what}"
            )
        for key in ("decides", "refusal"):
            if (key in table) != ("event" in table):
                mend = "is missing" if "event" in table else "goes with event only"
                self._find(place, f"'{key}' of [{place}] {mend}")
        return CallRoute(
            action=action,
            event=self._text(table, "event", place),
            decides=self._text(table, "decides", place),
            refusal=self._table(table, "refusal", f"{place}.refusal")
            if "refusal" in table
            else None,
            answer=self._table(table, "answer", f"{place}.answer") if "answer" in table else None,
            error=self._error(table, place),
            domain=self._text(table, "domain", place),
        )

    def _error(self, table: _Table, place: str) -> CallErrorCode | None:
        code = self._text(table, "error", place)
        if not code:
            return None
        try:
            return CallErrorCode(code)
        except ValueError:
            hint = nearest(code, CallErrorCode)
            self._find(f"{place}.error", f"'{code}' is no CALLERROR code{hint}")
            return None

    # ---- values ----------------------------------------------------------------------------------

    def _find(self, place: str, message: str) -> None:
        table = place.rpartition(".")[0]
        line = self._lines.get(place, self._lines.get(table, 0))
        self.findings.append(Finding(self._file, line, message))

    def _check_keys(self, table: _Table, known: Iterable[str], prefix: str) -> None:
        for key in table.keys() - set(known):
            self._find(f"{prefix}{key}", f"key '{key}' is unknown{nearest(key, known)}")

    def _table(self, data: _Table, key: str, place: str) -> _Table:
        value = data.get(key, {})
        if isinstance(value, Mapping):
            return MappingProxyType(dict(value))
        self._find(place, f"'{key}' must be a table, not {value!r}")
        return {}

    def _text(self, table: _Table, key: str, place: str) -> str:
        value = table.get(key, "")
        if isinstance(value, str):
            return value
        self._find(f"{place}.{key}", f"'{key}' must be a string, not {value!r}")
        return ""
