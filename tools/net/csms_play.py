"""Carries commands out, one after the other: what a prompt or a script orders.

Theory of operation: ``expect`` looks behind the message that was expected last, so that nothing
that came early is missed and nothing counts twice; ``also`` looks again from where that search
began, for messages whose order is free.
"""

import asyncio
from collections.abc import Callable, Sequence
from urllib.parse import urljoin

from cp.vocabulary.words import Action
from tools.net.csms_answers import has_fields
from tools.net.csms_books import Message, Tag
from tools.net.csms_commands import (
    AddRule,
    Command,
    Expect,
    Plain,
    Refuse,
    Select,
    SendCall,
    SendText,
    SetTag,
    Wait,
)
from tools.net.csms_dialogue import Answer
from tools.net.csms_files import UPLOADS
from tools.net.csms_server import CentralSystem
from tools.net.csms_show import book_lines
from tools.net.csms_words import Payload, violation


class CommandFailure(Exception):
    """A command could not be carried out, or what it expects did not happen."""


class Quit(Exception):
    """``quit``."""


class Player:
    """Plays commands against a central system; ``show`` gets lines for the person.

    ``files_url`` is where the central system serves files, None: nowhere.
    """

    def __init__(
        self,
        central: CentralSystem,
        show: Callable[[str], None],
        help_text: str,
        files_url: str | None = None,
    ) -> None:
        self._central = central
        self._show = show
        self._help = help_text
        self._files_url = files_url
        self._station: str | None = None
        self._searched_from = 0
        self._expected: set[int] = set()

    async def play(self, commands: Sequence[tuple[int, Command]], file: str) -> None:
        """A whole script. Raises CommandFailure with file and line; ``quit`` ends it early."""
        for line, command in commands:
            try:
                await self.do(command)
            except CommandFailure as failure:
                raise CommandFailure(f"{file}:{line}: {failure}") from None
            except Quit:
                return

    async def do(self, command: Command) -> None:
        """One command. Raises CommandFailure, Quit."""
        try:
            match command:
                case Wait(seconds):
                    await asyncio.sleep(seconds)
                case Expect():
                    await self._expect(command)
                case SendCall():
                    await self._send_call(command)
                case SendText(text):
                    await self._central.send_text(self._target(), text)
                case Refuse(seconds):
                    await self._central.refuse(seconds)
                case Plain(verb):
                    await self._do_plain(verb)
                case _:
                    self._set(command)
        except ConnectionError as error:
            raise CommandFailure(str(error)) from None

    def _set(self, command: AddRule | SetTag | Select) -> None:
        match command:
            case AddRule(action, rule):
                if rule is None:
                    self._central.answers.clear(action)
                else:
                    self._central.answers.add(rule)
            case SetTag(id_tag, status, parent):
                self._central.books.tags[id_tag] = Tag(status, parent)
            case Select(station):
                self._station = station

    async def _do_plain(self, verb: str) -> None:
        match verb:
            case "close":
                await self._central.close_connections(self._station)
            case "books":
                for line in book_lines(self._central.books):
                    self._show(line)
            case "help":
                self._show(self._help)
            case _:
                raise Quit

    def _target(self) -> str:
        """The selected station, else the one that connected last."""
        if self._station is not None:
            return self._station
        if not self._central.connected:
            raise CommandFailure("no station is connected")
        return self._central.connected[-1]

    # ---- messages of the station -----------------------------------------------------------------

    async def _expect(self, command: Expect) -> None:
        since = max(self._expected, default=self._searched_from)
        if command.verb == "expect":
            self._searched_from, self._expected = since, set()
        elif command.verb == "also":
            since = self._searched_from

        def fits(message: Message) -> bool:
            return (
                message.is_station_news
                and message.action == command.action
                and message.seq not in self._expected
                and self._station in (None, message.station)
                and has_fields(message.payload, command.fields)
            )

        try:
            found = await self._central.wait_for(fits, after_seq=since, timeout_s=command.within_s)
        except TimeoutError:
            if command.verb != "never":
                raise CommandFailure(self._missing(command, since)) from None
            return
        if command.verb == "never":
            raise CommandFailure(f"{_wording(command)} came at {found.time}")
        self._expected.add(found.seq)

    def _missing(self, command: Expect, since: int) -> str:
        came = [
            f"{message.action} {message.payload.get('status', '')}".rstrip()
            for message in self._central.books.messages
            if message.seq > since and message.is_station_news
        ]
        return (
            f"{_wording(command)} did not come within {command.within_s:g} s; "
            f"came: {', '.join(came[-5:]) or 'nothing'}"
        )

    # ---- calls to the station --------------------------------------------------------------------

    async def _send_call(self, command: SendCall) -> None:
        station = self._target()
        payload = command.payload
        if not command.is_raw:
            payload = self._completed(station, command)
            broken = await violation(command.action, payload, is_answer=False)
            if broken is not None:
                raise CommandFailure(f"{command.action}: {broken[1]}")
        try:
            answer = await self._central.call(station, command.action, payload, command.within_s)
        except TimeoutError:
            if command.expected != "nothing":
                raise CommandFailure(
                    f"{command.action} was not answered within {command.within_s:g} s"
                ) from None
            return
        _check(command, answer)

    def _completed(self, station: str, command: SendCall) -> Payload:
        """With what a person would not want to type."""
        payload = dict(command.payload)
        if command.action == Action.REMOTE_STOP_TRANSACTION and not payload:
            running = self._central.books.open_transactions(station)
            if not running:
                raise CommandFailure("no transaction is open; write transactionId=N")
            payload["transactionId"] = running[-1].id
        if command.action == Action.UPDATE_FIRMWARE:
            payload.setdefault("retrieveDate", self._central.time())
        if self._files_url is not None:
            if command.action == Action.GET_DIAGNOSTICS:
                payload.setdefault("location", f"{UPLOADS}/")
            if "location" in payload:
                payload["location"] = urljoin(self._files_url, str(payload["location"]))
        return payload


def _check(command: SendCall, answer: Answer) -> None:
    if command.expected is None:
        return
    if command.expected.lower() != answer.word.lower():
        raise CommandFailure(
            f"{command.action} was answered {answer.word} {answer.description}".rstrip()
            + f", not {command.expected}"
        )
    if not has_fields(answer.payload, command.fields):
        wanted = " ".join(f"{name}={text}" for name, text in command.fields)
        raise CommandFailure(f"{command.action} was answered without {wanted}")


def _wording(command: Expect) -> str:
    return " ".join((command.action, *(f"{name}={text}" for name, text in command.fields)))
