"""The auditor: compares the central system's books with what really happened.

Theory of operation: the ledger knows each transaction and the energy that flowed while its record
was open; the books know what arrived. Both are written without asking the controller.
"""

import json
from collections.abc import Iterator
from itertools import groupby, pairwise

from cp.domain.outbox import SEQ_PER_BOOT
from cp.ocppj.formats import utc_s_of
from cp.vocabulary.words import Action, ChargePointStatus, Reason
from tools.scenario_ledger import Account
from tools.scenario_server import Arrival
from tools.scenario_station import Station

FAULTS_MAX = 3
LAST_STATUSES = ("Installed", "DownloadFailed", "InstallationFailed")
DURABLE = ("transaction", "call", "sample", "transaction_id")


def audit(station: Station) -> list[str]:
    """What is wrong with the books of a station that has worked everything off."""
    found = [f"repeated though settled, or changed: {text}" for text in _repeats(station)]
    found += station.ledger.violations
    found += station.workshop.violations
    found += _leftovers(station)
    found += _transactions(station)
    found += _statuses(station)
    found += _updates(station)
    return found


def _repeats(station: Station) -> list[str]:
    """A message whose boot never knew the time gets the time of sending: that may differ."""
    return [text for text in station.server.books.wrong_repeats if not _is_timeless(station, text)]


def _is_timeless(station: Station, text: str) -> bool:
    """Made in a boot without a clock, or the end of a transaction that such a boot left open."""
    _, message_id, _, payload = json.loads(text)
    boots = {int(key) for kind, key in station.rows if kind == "clock"}
    is_late_end = payload.get("reason") in (Reason.POWER_LOSS, Reason.REBOOT)
    is_known = int(message_id) // SEQ_PER_BOOT in boots and not is_late_end
    return station.world.clock_s is None and not is_known


def _leftovers(station: Station) -> Iterator[str]:
    books, ledger = station.server.books, station.ledger
    if not station.controller.notes:
        for kind, key in station.rows:
            if kind in DURABLE:
                yield f"row {kind}/{key} is left"
    arrived = [item.message_id for item in books.arrivals]
    for message_id in ledger.queued:
        if message_id not in arrived and not station.controller.notes:
            yield f"message {message_id} was durable and never arrived"
    durable = [item for item in arrived if item in ledger.queued]
    firsts = [int(item) for item in dict.fromkeys(durable)]
    if firsts != sorted(firsts):
        yield f"transaction messages out of order: {firsts}"


def _transactions(station: Station) -> Iterator[str]:
    books, accounts = station.server.books, station.ledger.accounts
    starts = books.messages(Action.START_TRANSACTION)
    stops = books.messages(Action.STOP_TRANSACTION)
    if len(starts) != len(accounts) or len(stops) != len(accounts):
        yield f"{len(accounts)} transactions, {len(starts)} starts, {len(stops)} stops"
        return
    for account, start, stop in zip(accounts, starts, stops, strict=True):
        for finding in _transaction(station, account, start, stop):
            yield f"transaction {account.uid}: {finding}"


def _transaction(
    station: Station, account: Account, start: Arrival, stop: Arrival
) -> Iterator[str]:
    first, last = _number(start, "meterStart"), _number(stop, "meterStop")
    if start.payload["idTag"] != account.id_tag:
        yield "started with another id"
    if station.ledger.is_meter_whole:
        if account.closed_wh is None:
            yield "never ended"
        elif (first, last) != (account.opened_wh, account.closed_wh):
            yield f"booked {first}..{last}, flowed {account.opened_wh}..{account.closed_wh}"
    settled = station.server.books.settled.get(start.message_id)
    server_id = -1 if settled is None else settled["transactionId"]
    if stop.payload["transactionId"] != server_id:
        yield f"stopped as {stop.payload['transactionId']}, started as {server_id}"
    samples = list(_samples(station, start, stop))
    for item in samples:
        if item.payload.get("transactionId") != server_id:
            yield f"sample {item.message_id} belongs to {item.payload.get('transactionId')}"
    values = [first, *(_value(item) for item in samples), last]
    if values != sorted(values):
        yield f"registers fall: {values}"
    times = [_time(start), *(_time(item) for item in samples), _time(stop)]
    if station.world.clock_s is not None and times != sorted(times):
        yield f"times fall: {times}"
    yield from _data(stop)


def _samples(station: Station, start: Arrival, stop: Arrival) -> Iterator[Arrival]:
    """Durable MeterValues between start and stop."""
    span = range(int(start.message_id), int(stop.message_id))
    for item in station.server.books.messages(Action.METER_VALUES):
        if int(item.message_id) in span and item.message_id in station.ledger.queued:
            yield item


def _data(stop: Arrival) -> Iterator[str]:
    data = stop.payload.get("transactionData")
    if data is None:
        return
    assert isinstance(data, list)
    contexts = [item["sampledValue"][0]["context"] for item in data]
    times = [utc_s_of(item["timestamp"]) or 0.0 for item in data]
    if contexts[0] != "Transaction.Begin" or contexts[-1] != "Transaction.End":
        yield "transactionData does not begin and end as it should"
    if any(later < earlier for earlier, later in pairwise(times)):
        yield "transactionData is not in order of time"


def _statuses(station: Station) -> Iterator[str]:
    """Available in the end, unless ordered otherwise; and the server was told so."""
    faults = [key for kind, key in station.rows if kind == "fault"]
    statuses = station.controller.statuses()
    for connector_id in (0, 1):
        allowed = {ChargePointStatus.AVAILABLE}
        if "inoperative" in station.rows.get(("availability", str(connector_id)), ""):
            allowed = {ChargePointStatus.UNAVAILABLE}
        if len(faults) >= FAULTS_MAX:
            allowed.add(ChargePointStatus.FAULTED)
        status = statuses.get(connector_id)
        told = [
            item.payload["status"]
            for item in station.server.books.messages(Action.STATUS_NOTIFICATION)
            if item.payload["connectorId"] == connector_id
        ]
        if status not in allowed:
            yield f"connector {connector_id} is {status}"
        elif told[-1:] != [str(status)]:
            yield f"connector {connector_id} is {status}, told {told[-1:]}"


def _updates(station: Station) -> Iterator[str]:
    """One last status for each update that is over; the slot that starts next is the right one."""
    shop = station.workshop
    told = [
        str(item.payload["status"])
        for item in station.server.books.messages(Action.FIRMWARE_STATUS_NOTIFICATION)
    ]
    # An answer that was lost with the power makes the station say it once more.
    most = sum(status in LAST_STATUSES for status in told)
    least = sum(status in LAST_STATUSES for status, _ in groupby(told))
    if not least <= shop.ended <= most:
        yield f"{shop.ended} updates are over, told {told}"
    if shop.next_slot not in shop.good:
        yield f"slot {shop.next_slot} would start, whole are {shop.good}"
    if shop.on_trial:
        yield f"slot {shop.on_trial} is on trial for ever"
    if ("notice", "waiting") in station.rows:
        waiting = json.loads(station.rows["notice", "waiting"])["notices"]
        if waiting:
            yield f"never told: {waiting}"


def _number(item: Arrival, name: str) -> int:
    value = item.payload[name]
    assert isinstance(value, int)
    return value


def _time(item: Arrival) -> float:
    meter_values = item.payload.get("meterValue")
    holder = meter_values[0] if isinstance(meter_values, list) else item.payload
    return utc_s_of(str(holder["timestamp"])) or 0.0


def _value(item: Arrival) -> int:
    meter_values = item.payload["meterValue"]
    assert isinstance(meter_values, list)
    return int(meter_values[0]["sampledValue"][0]["value"])
