"""The audit: what the central system has in its books, against what really happened.

Theory of operation: the ledger knows every durable message and, of both edges of each session, the
true register; the central system knows what arrived. Both must tell the same, once each.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, pairwise

from cp.controller import Controller
from cp.ocppj.formats import utc_s_of
from cp.vocabulary.words import Action, ChargePointStatus, ReadingContext
from tools.net.csms_books import Transaction
from tools.net.csms_words import Payload
from tools.simulate.cadence import cadence, is_steady
from tools.simulate.central import STATION, Central
from tools.simulate.draw import Draw
from tools.simulate.ledger import Queued
from tools.simulate.notices import notices
from tools.simulate.people import REFUSED
from tools.simulate.station import Site

DURABLE = ("transaction", "call", "sample", "transaction_id", "update", "upload")
EDGES = (Action.START_TRANSACTION, Action.STOP_TRANSACTION)


def leftovers(rows: Mapping[str, int]) -> list[str]:
    """What the journal still holds though everything should have been worked off."""
    return [f"{rows[kind]} rows of kind {kind} are left" for kind in DURABLE if rows.get(kind)]


def audit(site: Site, central: Central, controller: Controller, draw: Draw) -> list[str]:
    """What is wrong with the books in the end."""
    found = [*_messages(site, central), *_sessions(site, central, draw), *_cards(site, draw)]
    found += _statuses(central, controller)
    found += [*notices(central, draw), *site.shop.findings]
    shop = site.shop
    if shop.next_slot not in shop.good:
        found.append(f"slot {shop.next_slot} would start, whole are {shop.good}")
    return found


def _messages(site: Site, central: Central) -> Iterator[str]:
    ledger = site.ledger
    for message_id, queued in ledger.queued.items():
        if message_id in central.arrivals:
            continue
        is_thinned = message_id in ledger.gone and site.disk.was_full
        is_lost = is_thinned and queued.action == Action.METER_VALUES
        if not is_lost and message_id not in ledger.given_up:
            yield f"{queued.action} {message_id} was durable and never arrived"
    for message_id, arrival in central.arrivals.items():
        if arrival.action in EDGES and message_id not in ledger.queued:
            yield f"{arrival.action} {message_id} arrived and was never durable"
    order = [int(message_id) for message_id in central.arrivals if message_id in ledger.queued]
    for before, after in pairwise(order):
        if after < before:
            yield f"message {before} arrived before {after}"


def _sessions(site: Site, central: Central, draw: Draw) -> Iterator[str]:
    is_whole = is_steady(site, central, draw) and not site.ledger.given_up
    edges = [item for item in site.ledger.queued.values() if item.action in EDGES]
    last_wh = 0
    for uid, group in groupby(edges, key=lambda item: item.uid):
        session = list(group)
        if [item.action for item in session] != list(EDGES):
            yield f"session {uid} is {[item.action for item in session]}"
            continue
        yield from (f"session {uid}: {finding}" for finding in _named(site, central, session[0]))
        transaction = central.books.transactions.get(central.starts.get(session[0].message_id, 0))
        if transaction is None or site.ledger.given_up & {item.message_id for item in session}:
            last_wh = 0
            continue  # told above that it never arrived, or given up by the book
        for finding in _session(session[0], session[1], transaction, last_wh):
            yield f"session {uid}: {finding}"
        if central.is_timed:
            yield from (f"session {uid}: {finding}" for finding in _times(transaction))
        if is_whole:
            yield from (f"session {uid}: {finding}" for finding in cadence(site, transaction))
        # What a broken meter has shown to one process is forgotten by the next.
        last_wh = (transaction.meter_stop or 0) if session[1].is_exact else 0
    booked = len(central.books.transactions)
    begun = sum(item.message_id in central.starts for item in edges)
    if booked != begun:
        yield f"{booked} transactions in the books, {begun} were begun"


def _named(site: Site, central: Central, start: Queued) -> Iterator[str]:
    """Later messages carry the number, or -1 when StartTransaction was given up (``E 4.8``)."""
    is_lost = start.message_id in site.ledger.given_up
    number = -1 if is_lost else central.starts.get(start.message_id)
    for message_id, queued in site.ledger.queued.items():
        arrival = central.arrivals.get(message_id)
        if arrival is None or queued.uid != start.uid or queued is start:
            continue
        told = arrival.payload.get("transactionId")
        if told != number:
            yield f"{queued.action} {message_id} carries {told}, not {number}"


def _cards(site: Site, draw: Draw) -> Iterator[str]:
    """Whom the central system refuses starts nothing, where keys leave no other way."""
    keys = draw.keys
    is_strict = (keys["AllowOfflineTxForUnknownId"], keys["AuthorizeRemoteTxRequests"]) == (
        "false",
        "true",
    )
    if is_strict and "ChangeConfiguration" not in draw.requests:
        for item in site.ledger.queued.values():
            if item.action == Action.START_TRANSACTION and item.id_tag in REFUSED:
                yield f"session {item.uid} was started by {item.id_tag}"


def _session(start: Queued, stop: Queued, booked: Transaction, last_wh: int) -> Iterator[str]:
    if booked.meter_stop is None:
        yield "never stopped"
        return
    if booked.id_tag != start.id_tag:
        yield "started with another id"
    for edge, wh in ((start, booked.meter_start), (stop, booked.meter_stop)):
        if edge.is_exact and wh != edge.true_wh:
            yield f"{edge.action} booked {wh} Wh, the meter showed {edge.true_wh}"
        if wh > edge.true_wh:
            yield f"{edge.action} booked {wh} Wh, more than the {edge.true_wh} that flowed"
    yield from _data(booked)
    values = [
        last_wh if start.is_exact else 0,
        booked.meter_start,
        *_values(booked),
        booked.meter_stop,
    ]
    if values != sorted(values):
        yield f"registers fall: {values}"


def _data(booked: Transaction) -> Iterator[str]:
    """transactionData, where it is wanted, has both ends (``S 3.16.5``)."""
    samples = list(_readings(booked.transaction_data))
    contexts = [sampled["context"] for _, sampled in samples]
    ends = [ReadingContext.TRANSACTION_BEGIN, ReadingContext.TRANSACTION_END]
    if contexts and [contexts[0], contexts[-1]] != ends:
        yield f"transactionData reads {contexts}"
    values = [int(str(sampled["value"])) for _, sampled in samples]
    if values != sorted(values):
        yield f"transactionData falls: {values}"


def _values(booked: Transaction) -> list[int]:
    return [int(str(sampled["value"])) for _, sampled in _samples(booked)]


def _samples(booked: Transaction) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Time and value of each sample but those that were triggered: they go before the queue."""
    for text, sampled in _readings(booked.meter_values):
        if sampled["context"] != ReadingContext.TRIGGER:
            yield text, sampled


def _readings(items: Iterable[Payload]) -> Iterator[tuple[str, Mapping[str, object]]]:
    for item in items:
        sampled = item["sampledValue"]
        assert isinstance(sampled, list)
        yield str(item["timestamp"]), sampled[0]


def _times(booked: Transaction) -> Iterator[str]:
    texts = [booked.started, *(text for text, _ in _samples(booked)), str(booked.stopped)]
    times = [utc_s_of(text) or 0.0 for text in texts]
    if times != sorted(times):
        yield f"times fall: {texts}"


def _statuses(central: Central, controller: Controller) -> Iterator[str]:
    """Available in the end, and the central system was told so."""
    told = central.books.station(STATION).statuses
    for connector_id, status in sorted(controller.statuses().items()):
        if status is not ChargePointStatus.AVAILABLE:
            yield f"connector {connector_id} is {status} in a world where everything works"
        if told.get(connector_id) != status:
            yield f"connector {connector_id} is {status}, told {told.get(connector_id)}"
