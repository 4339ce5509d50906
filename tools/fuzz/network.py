"""Targets at the network and at the disk: OCPP-J frames, bench commands, locations, rows."""

import json
from dataclasses import replace

from tools.fuzz.target import Try, need


def frames() -> Try:
    """A text frame at a dialogue; the first byte chooses what is under way."""
    from cp.answering import effects_of_call
    from cp.ocppj.dialogue import Counters, Dialogue, Inbound, Nothing, Pending, SendText, receive
    from cp.ocppj.validators import CONFIRMATIONS
    from cp.vocabulary.effects import Effect, Reply, ReplyError, Tell
    from cp.vocabulary.events import CALL_EVENTS, name_of
    from cp.vocabulary.words import Action
    from tools.scenario_house import house

    where, keys = house(), house().table.defaults()
    dialogues = [Dialogue(), Dialogue(is_answering=False), Dialogue(abandoned_id="1")]
    dialogues += [Dialogue(pending=Pending("1", Action(name))) for name in CONFIRMATIONS]

    def answers(effect: Effect) -> bool:
        is_call = isinstance(effect, Tell) and name_of(effect.event) in CALL_EVENTS
        return is_call or isinstance(effect, Reply | ReplyError)

    def run(data: bytes) -> None:
        before = dialogues[data[0] % len(dialogues)] if data else dialogues[0]
        after, outcome = receive(before, data[1:].decode(errors="replace"))
        is_settled = after.pending is None and before.pending is not None
        match outcome:
            case Inbound(call_id, action, payload):
                effects = effects_of_call(where, keys, call_id, action, payload)
                need(sum(map(answers, effects)) == 1, "a CALL has one answer")
                need(not is_settled and before.is_answering, "a CALL settles nothing")
            case SendText(text):
                kind, message_id, *rest = json.loads(text)
                need(kind == 4 and isinstance(message_id, str), "a CALLERROR with an id")
                need(list(map(type, rest)) == [str, str, dict], "code, description and details")
                need(not is_settled, "a refusal settles nothing")
            case Nothing():
                need(not is_settled, "what means nothing settles nothing")
            case _:
                need(is_settled, "an answer settles the CALL under way")
        same = replace(after, pending=before.pending, counters=Counters())
        need(same == replace(before, counters=Counters()), "nothing else changes")

    return run


def journal() -> Try:
    """Rows with any text: the first byte chooses the kind."""
    from cp.controller import Controller
    from cp.domain.outbox import WINDOW
    from cp.journal import replay
    from cp.vocabulary.instants import Now
    from cp.vocabulary.records import Put
    from tools.scenario_house import house

    kinds = (
        *("boot", "clock", "station", "accepted", "transaction", "sample", "transaction_id"),
        *("availability", "key", "visit", "fault", "exit", "update", "upload", "notice", "call"),
    )
    where = house()

    def run(data: bytes) -> None:
        kind = kinds[data[0] % len(kinds)] if data else kinds[0]
        key, _, body = data[1:].decode(errors="replace").partition("\0")
        row = [Put(kind, key, body)]
        rows, calls = ([], row) if kind == "call" else (row, [])
        notes: list[str] = []
        restored = replay(rows, calls, WINDOW, notes)
        need(len(notes) <= 1, "one note for one row")
        if not notes and not restored.station_id:
            begun = Controller(where, where.table.defaults())
            begun.begin(rows, calls, Now(1.0, None, 0, None))
            need(begun.fault is None, f"a start raises: {begun.fault}")

    return run


def commands() -> Try:
    """A line at the bench interface."""
    from drivers.bench.commands import CommandError, read_command

    def run(data: bytes) -> None:
        try:
            command = read_command(data)
        except CommandError:
            return
        need(command.connector in (0, 1), "connector 0 or 1")

    return run


def locations() -> Try:
    """The location of UpdateFirmware and GetDiagnostics."""
    from drivers.transfer.location import read_location
    from drivers.transfer.one_try import TryFailed

    schemes = ("http", "https", "ftp", "ftps")

    def run(data: bytes) -> None:
        try:
            found = read_location(data.decode(errors="replace"), schemes)
        except TryFailed:
            return
        need(found.url.startswith(schemes), "one of the schemes")
        need(found.url.isascii() and found.url.isprintable(), "a URL is printable ASCII")

    return run
