"""Messages and books as lines that a person reads."""

from collections.abc import Mapping

from tools.net.csms_answers import as_text
from tools.net.csms_books import Books, Kind, Message, Transaction


def message_line(message: Message) -> str:
    """One line: time, station, direction (``-->`` from the station, ``<--`` to it), content."""
    start = f"{message.time[11:23]} {message.station} "
    arrow = "-->" if message.is_from_station else "<--"
    match message.kind:
        case Kind.CONNECTED | Kind.DISCONNECTED:
            return f"{start}--- {message.kind.lower()}"
        case Kind.VIOLATION:
            return f"{start}!!! {message.action}: {message.payload['cause']}"
        case Kind.CALL:
            return f"{start}{arrow} {message.action} {_fields(message.payload)}".rstrip()
        case Kind.ANSWER:
            return f"{start}{arrow} {message.action} answered: {_fields(message.payload)}".rstrip()
        case Kind.ERROR:
            code, text = message.payload["errorCode"], message.payload["description"]
            return f'{start}{arrow} {message.action} refused: {code} "{text}"'


def _fields(payload: Mapping[str, object]) -> str:
    return " ".join(f"{name}={_value(value)}" for name, value in payload.items())


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + _fields(value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    text = as_text(value)
    return f'"{text}"' if not text or " " in text else text


def book_lines(books: Books) -> list[str]:
    """Stations, transactions and breaches, oldest first."""
    lines = [
        f"{book.id}: {'connected' if book.is_connected else 'away'}, {book.boots} boots, "
        f"{book.heartbeats} heartbeats, statuses {_fields(_by_name(book.statuses)) or 'none'}"
        for book in books.stations.values()
    ]
    lines += [_transaction_line(item) for item in books.transactions.values()]
    lines += [f"violation: {message_line(item)}" for item in books.violations]
    return lines or ["nothing yet"]


def _by_name(statuses: Mapping[int, str]) -> dict[str, object]:
    return {str(connector_id): status for connector_id, status in sorted(statuses.items())}


def _transaction_line(item: Transaction) -> str:
    start = (
        f"transaction {item.id}: {item.station} connector {item.connector_id}, {item.id_tag}, "
        f"{item.started}, {item.meter_start} Wh"
    )
    values = f"{len(item.meter_values)} meter values"
    if item.meter_stop is None:
        return f"{start}, open, {values}"
    return (
        f"{start}, until {item.stopped}, {item.meter_stop} Wh "
        f"({item.meter_stop - item.meter_start} Wh), {item.reason}, {values}"
    )
