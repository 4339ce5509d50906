"""One transaction as each side has it in its books, in the same words."""

import re
from typing import Final, cast

from tools.net.csms_books import Books

ROWS: Final = (
    "begun",
    "ended",
    "meter at start",
    "meter at end",
    "energy",
    "meter values",
    "reason",
)

Book = dict[str, str]
"""Row to text; a row that a side knows nothing of is missing."""

_MOST_SHOWN: Final = 5
_RECORD: Final = re.compile(r"\d   record call_kept .* request=(\w+)\((.*)\)\)$")
_READING: Final = re.compile(r"(\d+)Wh/")


def book_of_station(transcript: str) -> Book:
    """From the transaction messages that the station made durable, the last transaction's."""
    book: Book = {}
    readings: list[str] = []
    for line in transcript.splitlines():
        match = _RECORD.search(line)
        if match is None:
            continue
        kind, fields = match[1], dict(re.findall(r"(\w+)=([^ )]+)", match[2]))
        if kind == "start_transaction":
            readings = []
            book = {"begun": fields["started"], "meter at start": fields["meter_start_wh"]}
        elif kind == "meter_values":
            readings += _READING.findall(match[2])
        else:
            book |= {"ended": fields["stopped"], "meter at end": fields["meter_stop_wh"]}
            book["reason"] = fields["reason"]
    return _finished(book, readings)


def book_of_server(books: Books) -> Book:
    """From the CALLs that the central system received, the last transaction's."""
    if not books.transactions:
        return {}
    item = books.transactions[max(books.transactions)]
    book = {"begun": item.started, "meter at start": str(item.meter_start)}
    if item.meter_stop is not None:
        book |= {"ended": str(item.stopped), "meter at end": str(item.meter_stop)}
        book["reason"] = str(item.reason)
    readings = [
        str(sampled["value"])
        for value in item.meter_values
        for sampled in cast("list[dict[str, object]]", value["sampledValue"])
    ]
    return _finished(book, readings)


def _finished(book: Book, readings: list[str]) -> Book:
    """Units, and what follows from the rest."""
    if "meter at end" in book:
        book["energy"] = f"{int(book['meter at end']) - int(book['meter at start'])} Wh"
    for row in ("meter at start", "meter at end"):
        if row in book:
            book[row] += " Wh"
    if readings:
        more = "... " if len(readings) > _MOST_SHOWN else ""
        book["meter values"] = f"{len(readings)}: {more}{' '.join(readings[-_MOST_SHOWN:])}"
    return book
