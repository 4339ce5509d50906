"""A start from what a power cut left: what the world had been told has to be there.

Theory of operation: the real storage opens the files, the real controller replays the rows and
closes what was open. What is compared: the messages that wait, the ids of the server, the open
transaction, granted orders. Nothing here asks how the station stores them.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cp.controller import Controller
from cp.domain.outbox import WINDOW, restored_outbox, transaction_id_of
from cp.journal import replay
from cp.ocppj.outbound import encode_call
from cp.vocabulary.effects import CloseContactor, OfferCurrent
from cp.vocabulary.errors import StatechargeError
from cp.vocabulary.events import InputsRead
from cp.vocabulary.instants import Now
from cp.vocabulary.keys import GENERIC
from cp.vocabulary.records import Put, Restored
from cp.vocabulary.requests import StopTransaction
from cp.vocabulary.words import Action
from drivers.bench.memory import Memory
from drivers.storage import SqliteStorage
from tools.crash.disk import Image
from tools.crash.told import Told
from tools.scenario_house import NOON_S, house

_NOW: Final = Now(1.0, NOON_S, 0, None)
_KEPT: Final = "ballast"


@dataclass(frozen=True, slots=True)
class Start:
    """What a start found and did."""

    restored: Restored
    notes: tuple[str, ...]
    stops: tuple[str, ...]
    """Reasons of the StopTransactions that recovery made."""
    is_energy_let_through: bool


class Oracle:
    """Starts stations in one folder, again and again; it is made with its ballast."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._storage(folder)
        self._controller = Controller(house(), GENERIC.defaults())

    def findings(self, image: Image, told: Told) -> list[str]:
        """What is wrong with a start from this image."""
        self._lay(image)
        try:
            start = self._start()
        except StatechargeError as error:
            return [f"no start: {error}".replace(str(self._folder), "the folder")]
        found = [f"noted: {note}" for note in start.notes]
        if start.is_energy_let_through:
            found.append("energy was let through before anything was known")
        found += _messages(start.restored, told)
        found += _transaction(start, told)
        found += _orders(start.restored, told)
        return found

    def _lay(self, image: Image) -> None:
        for path in self._folder.iterdir():
            if path.name != _KEPT:
                path.unlink()
        for name, content in image.items():
            (self._folder / name).write_bytes(content)

    def _start(self) -> Start:
        """Raises StatechargeError when there is none."""
        Memory(self._folder).load()
        rows, calls, notes = self._storage(self._folder)
        restored = replay(rows, calls, WINDOW, notes)
        begun = self._controller.begin(rows, calls, _NOW)
        done = self._controller.handle(InputsRead(), _NOW)
        if self._controller.fault is not None:
            notes = [*notes, f"fault of our own: {self._controller.fault}"]
        outward = (*begun.outward, *done.outward)
        return Start(
            restored,
            tuple(notes),
            tuple(_stops(done.rows)),
            any(isinstance(item, CloseContactor | OfferCurrent) for item in outward),
        )

    @staticmethod
    def _storage(folder: Path) -> tuple[Sequence[Put], Sequence[Put], list[str]]:
        storage = SqliteStorage(folder)
        storage.open()
        try:
            return storage.load(), storage.load_calls("", WINDOW + 1), list(storage.notes())
        finally:
            storage.close()


def scratch(folder: Path) -> Path:
    """A new folder to start stations in."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _stops(rows: Sequence[object]) -> Iterator[str]:
    for row in rows:
        if isinstance(row, Put) and row.kind == "call":
            request = json.loads(json.loads(row.body)["request"])
            yield str(request)


def _messages(restored: Restored, told: Told) -> Iterator[str]:
    """Each message that was sent waits unchanged, or its answer came; in the end it is gone."""
    waiting = {call.seq: call for call in restored.calls}
    outbox = restored_outbox(restored)
    for place, (action, payload) in told.sent.items():
        call = waiting.get(place)
        if call is None:
            if place not in told.answered:
                yield f"lost: {action} {place} was sent and is not answered"
            continue
        if told.is_over(place):
            yield f"repeated: {action} {place} was answered long ago"
        text = encode_call(call, transaction_id_of(outbox, call.request), _NOW)
        if json.loads(text)[3] != payload:
            yield f"changed: {action} {place} would be sent as another message"


def _transaction(start: Start, told: Told) -> Iterator[str]:
    restored = start.restored
    places = sorted(told.sent)
    started = [place for place in places if told.sent[place][0] == Action.START_TRANSACTION]
    stopped = [place for place in places if told.sent[place][0] == Action.STOP_TRANSACTION]
    queued = [call.seq for call in restored.calls if isinstance(call.request, StopTransaction)]
    is_open = restored.transaction is not None
    if told.is_relay_closed and not is_open:
        yield "relay: it was closed, and no transaction is known"
    if started and started[-1] > max([*stopped, *queued], default=0) and not is_open:
        yield f"lost: the transaction of {started[-1]} would never end"
    if is_open != (len(start.stops) == 1):
        yield f"recovery: {len(start.stops)} messages end {int(is_open)} transactions"
    known = {server_id for _, server_id in restored.transaction_ids}
    if restored.transaction is not None:
        known.add(restored.transaction.transaction_id)
    settled = {
        told.sent[place][1].get("transactionId") for place in stopped if place in told.answered
    }
    waiting = {call.seq for call in restored.calls}
    for place, server_id in told.answers.items():
        if server_id not in settled and server_id not in known and place not in waiting:
            yield f"lost: the server's id {server_id} of {place}"


def _orders(restored: Restored, told: Told) -> Iterator[str]:
    """What was granted holds, unless another order of the kind is under way."""
    open_orders = {what for what, _ in told.asked.values()}
    keys = dict(restored.keys)
    availability = {f"availability {number}": state for number, state in restored.availability}
    for what, value in told.granted.items():
        if what in open_orders:
            continue
        kind, _, name = what.partition(" ")
        if kind == "key":
            found = keys.get(name)
        elif kind == "availability":
            found = availability.get(what, "operative")
        else:
            found = None if restored.update is None else restored.update.location
        if found != value:
            yield f"forgotten: {what} was granted as {value}, is {found}"
