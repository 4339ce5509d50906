"""Versions of the charts: a file, a folder, a git revision, or the working tree.

Theory of operation: a word that names an existing path is that path, any other one is a revision.
Revisions are read with ``git show``, from the repository of the present folder, whose charts lie in
``charts/``. Only the form of an old chart is checked: its names may be gone from today's code.
"""

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cp.chart import ChartDocument, Routes, read_chart, read_routes
from tools.svg import lock
from tools.svg.lock import Lock

_ROUTES: Final = "routes"
_FOLDER: Final = "charts"


class VersionError(Exception):
    """A version that cannot be read; the text says which, why and what to write instead."""


@dataclass(frozen=True, slots=True)
class Version:
    """``label`` for the reader; ``charts`` by name; ``routes`` None where there are none.

    ``is_file``  one chart alone: only that one is compared.
    ``layout``   text of a layout by the chart's name, None where there is none.
    """

    label: str
    charts: Mapping[str, ChartDocument]
    routes: Routes | None
    is_file: bool
    layout: Callable[[str], str | None]

    def lock(self, chart: str) -> Lock:
        """The committed layout of a chart; an empty one when there is none or it is damaged."""
        text = self.layout(chart)
        try:
            return Lock() if text is None else lock.load(text)
        except ValueError:
            return Lock()


def read_pair(old: str, new: str | None) -> tuple[Version, Version]:
    """The two versions that the words ask for; without ``new`` the working tree.

    Raises VersionError.
    """
    before = read_version(old)
    if new is not None:
        return before, read_version(new)
    if Path(old).exists():
        raise VersionError(f"{old} is a path; name the path to compare it with, too")
    return before, _read_folder(_top() / _FOLDER, "working tree")


def read_version(word: str) -> Version:
    """A path's or a revision's charts. Raises VersionError."""
    path = Path(word)
    if path.is_dir():
        return _read_folder(path, word)
    return _read_file(path) if path.exists() else _read_revision(word)


# ---- paths ---------------------------------------------------------------------------------------


def _read_file(path: Path) -> Version:
    texts = {path.stem: _text(path)}
    return _version(str(path), texts, lambda name: _layout(path.parent, path.stem), is_file=True)


def _read_folder(folder: Path, label: str) -> Version:
    texts = {path.stem: _text(path) for path in sorted(folder.glob("*.toml"))}
    if not texts:
        raise VersionError(f"{label}: there is no chart in {folder}")
    return _version(label, texts, lambda name: _layout(folder, name))


def _layout(folder: Path, name: str) -> str | None:
    path = folder / "layout" / f"{name}.json"
    return _text(path) if path.exists() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise VersionError(f"{path} cannot be read: {error}") from error


def _version(
    label: str,
    texts: Mapping[str, str],
    layout: Callable[[str], str | None],
    is_file: bool = False,
) -> Version:
    charts: dict[str, ChartDocument] = {}
    wrong: list[str] = []
    for name, text in texts.items():
        if name == _ROUTES:
            continue
        document, findings = read_chart(text, f"{name}.toml")
        wrong += [f"{label}: {finding}" for finding in findings]
        if document is not None:
            charts[document.name] = document
            wrong += [f"{label}: {line}" for line in _lost_targets(document)]
    routes, findings = read_routes(texts.get(_ROUTES, ""), f"{_ROUTES}.toml")
    wrong += [f"{label}: {finding}" for finding in findings]
    if wrong:
        raise VersionError("\n".join(wrong))
    return Version(label, charts, routes if _ROUTES in texts else None, is_file, layout)


def _lost_targets(document: ChartDocument) -> list[str]:
    known = {state.id for state in document.states}
    return [
        f"{document.file}:{item.line}: target '{item.target}' is no state of this chart"
        for item in document.transitions
        if item.target is not None and item.target not in known
    ]


# ---- revisions -----------------------------------------------------------------------------------


def _git(*words: str) -> str | None:
    """What git prints, None when it ends with an error. Raises VersionError without git."""
    try:
        done = subprocess.run(
            ("git", *words), capture_output=True, text=True, encoding="utf-8", check=False
        )
    except OSError as error:
        raise VersionError(f"revisions need git: {error}") from error
    return done.stdout if done.returncode == 0 else None


def _top() -> Path:
    found = _git("rev-parse", "--show-toplevel")
    if found is None:
        raise VersionError("there is no git repository here; name two files or two folders")
    return Path(found.strip())


def _read_revision(word: str) -> Version:
    _top()
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{word}^{{commit}}")
    if commit is None:
        raise VersionError(f"'{word}' is neither a path nor a git revision")
    at = commit.strip()
    listed = _git("ls-tree", "--full-tree", "--name-only", at, f"{_FOLDER}/") or ""
    names = [Path(line).stem for line in listed.splitlines() if line.endswith(".toml")]
    if not names:
        raise VersionError(f"revision {word} has no charts: there is no *.toml in {_FOLDER}/")
    texts = {name: _git("show", f"{at}:{_FOLDER}/{name}.toml") or "" for name in names}
    label = word if at.startswith(word) else f"{word} ({at[:10]})"
    return _version(label, texts, lambda name: _git("show", f"{at}:{_FOLDER}/layout/{name}.json"))
