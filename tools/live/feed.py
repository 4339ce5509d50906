"""One station, any number of viewers: asks the source, tells all of them.

Theory of operation: a thread asks the source every 30 ms. Lines become turns as in a replay; a
viewer gets the last turns first and then each as it comes, through a queue of its own. A viewer
whose queue is full does not keep up and is let go; its browser comes back by itself.
"""

import contextlib
import json
import queue
import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Final

from tools.desk.moments import turn_json
from tools.desk.transcript_lines import LineReader
from tools.live.sources import GoneError, News, Source, State

_ASKED_EVERY_S: Final = 0.03
_STATE_EVERY_S: Final = 1.0
_RETRY_S: Final = 0.5
_TURNS_KEPT: Final = 300
_MOST_WAITING: Final = 2000
MOST_VIEWERS: Final = 16

Viewer = queue.Queue[str | None]
"""Events as text; None: the end."""


class Feed:
    """Runs from ``start`` to ``close``."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._viewers: set[Viewer] = set()
        self._reader = LineReader()
        self._leaves: dict[str, str] = {}
        self._turns: deque[dict[str, object]] = deque()
        self._state: State | None = None
        self._why_gone = "not asked yet"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def close(self) -> None:
        """Ask no more and let all viewers go."""
        self._ended.set()
        self._thread.join()
        with self._lock:
            for viewer in self._viewers:
                _let_go(viewer)
        self._source.close()

    def join(self) -> Viewer | None:
        """A new viewer, who is told first what holds; None: there are too many."""
        viewer: Viewer = queue.Queue(_MOST_WAITING)
        with self._lock:
            if len(self._viewers) >= MOST_VIEWERS:
                return None
            viewer.put(self._hello())
            self._viewers.add(viewer)
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """This viewer is gone."""
        with self._lock:
            self._viewers.discard(viewer)

    # ---- asking ----------------------------------------------------------------------------------

    def _run(self) -> None:
        asked_state_s = 0.0
        while not self._ended.is_set():
            now_s = time.monotonic()
            wants_state = now_s - asked_state_s >= _STATE_EVERY_S
            asked_state_s = now_s if wants_state else asked_state_s
            pause_s = _ASKED_EVERY_S
            try:
                self._take(self._source.ask(wants_state))
            except GoneError as error:
                self._lose(str(error))
                pause_s = _RETRY_S
            self._ended.wait(pause_s)

    def _take(self, news: News) -> None:
        with self._lock:
            was_gone, self._why_gone = bool(self._why_gone), ""
            if news.leaves is not None:
                self._reader = LineReader()
                self._leaves = dict(news.leaves)
                self._turns.clear()
            self._state = news.state or self._state
            turns = self._read(news)
            if news.leaves is not None or was_gone:
                self._tell(self._hello())
                return
            if turns:
                self._tell(event("turns", turns))
            if news.state is not None:
                self._tell(event("state", news.state))

    def _read(self, news: News) -> list[dict[str, object]]:
        for line in news.lines:
            self._reader.read(0, line)
        found = [turn_json(turn, boot.number) for boot in self._reader.boots for turn in boot.turns]
        for boot in self._reader.boots:
            boot.turns.clear()
        del self._reader.boots[:-1]
        self._turns.extend(found)
        while len(self._turns) > _TURNS_KEPT:
            self._forget(self._turns.popleft())
        return found

    def _forget(self, turn: Mapping[str, object]) -> None:
        """What an old turn led to is kept."""
        steps = turn["steps"]
        assert isinstance(steps, list)
        self._leaves |= {machine: leaf for machine, leaf, _ in steps if leaf}

    def _lose(self, why: str) -> None:
        with self._lock:
            if self._why_gone != why:
                self._why_gone = why
                self._tell(event("gone", {"why": why}))

    # ---- telling ---------------------------------------------------------------------------------

    def _hello(self) -> str:
        told = {"start": self._leaves, "turns": list(self._turns), "state": self._state}
        return event("hello", {**told, "gone": self._why_gone})

    def _tell(self, text: str) -> None:
        for viewer in tuple(self._viewers):
            try:
                viewer.put_nowait(text)
            except queue.Full:
                self._viewers.discard(viewer)
                _let_go(viewer)


def _let_go(viewer: Viewer) -> None:
    """Nothing else, and the end."""
    with contextlib.suppress(queue.Empty):
        while True:
            viewer.get_nowait()
    viewer.put_nowait(None)


def event(name: str, data: object) -> str:
    """One event as a browser reads it."""
    return f"event: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"
