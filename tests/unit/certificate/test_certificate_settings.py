"""Settings and performance of the certificate, on the certified product."""

import itertools
import json
import time
from functools import cache

import pytest
from product_stand import Payload, ask, frames, product, read_key, sent

from cp.vocabulary.words import ENERGY_REGISTER, Action

# ---- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GetConfigurationMaxKeys", "1"),
        ("MeterValuesAlignedDataMaxLength", "50"),
        ("MeterValuesSampledDataMaxLength", "50"),
        ("StopTransactionMaxMeterValues", "50"),
        ("StopTxnAlignedDataMaxLength", "50"),
        ("StopTxnSampledDataMaxLength", "50"),
        ("SupportedFileTransferProtocols", "HTTP"),
    ],
)
def test_what_is_fixed_is_reported_and_cannot_be_written(name: str, value: str) -> None:
    """ORS-1, ORS-2, ORS-3, ORS-8, ORS-9, ORS-10."""
    station = product()
    assert read_key(station, name) == {"key": name, "readonly": True, "value": value}
    answer = ask(station, "ChangeConfiguration", key=name, value=value)
    assert answer == {"status": "Rejected"}


@cache
def data_of(minutes: int) -> tuple[list[Payload], object]:
    """transactionData of a visit that draws 100 Wh a minute, and its meterStop."""
    station = product("charging", f"StopTxnSampledData={ENERGY_REGISTER}")
    for minute in range(minutes):
        station.play(f"meter {1100 + 100 * minute}")
        station.play("wait 60")
    station.play("unplugged")
    (stop,) = sent(station, "StopTransaction")
    assert isinstance(stop["transactionData"], list)
    return stop["transactionData"], stop["meterStop"]


def registers(data: list[Payload]) -> list[int]:
    return [int(item["sampledValue"][0]["value"]) for item in data]  # type: ignore[index]


@pytest.mark.parametrize("minutes", [2, 48, 49, 120])
def test_transaction_data_has_at_most_50_elements(minutes: int) -> None:
    """ORS-8 (E 3.16, E 9.1): the first and the last value are kept, in order of time."""
    data, meter_stop = data_of(minutes)
    contexts = [item["sampledValue"][0]["context"] for item in data]  # type: ignore[index]
    middle = ["Sample.Periodic"] * (len(data) - 2)
    assert contexts == ["Transaction.Begin", *middle, "Transaction.End"]
    assert [item["timestamp"] for item in data] == sorted(str(item["timestamp"]) for item in data)
    assert (registers(data)[0], registers(data)[-1]) == (1000, meter_stop)
    assert len(data) == minutes + 2 if minutes <= 48 else 25 < len(data) <= 50


@pytest.mark.parametrize("minutes", [49, 73, 120, 500])
def test_transaction_data_is_thinned_evenly(minutes: int) -> None:
    """ORS-8 (E 9.1): what is kept lies equally far apart."""
    data, _ = data_of(minutes)
    assert len({b - a for a, b in itertools.pairwise(registers(data)[1:-1])}) == 1


def test_the_ping_interval() -> None:
    """ORS-11: 60 s at first, changed at once, 0 turns pings off, negative is Rejected."""
    station = product("booted")
    name = "WebSocketPingInterval"
    assert read_key(station, name) == {"key": name, "readonly": False, "value": "60"}
    lines = station.play(f'call ChangeConfiguration {{"key":"{name}","value":"0"}}')
    assert any("set_ping interval_s=0" in line for line in lines)
    assert ask(station, "ChangeConfiguration", key=name, value="-1") == {"status": "Rejected"}
    assert read_key(station, name)["value"] == "0"
    station.play("power off")
    opened = [*station.play("power on"), *station.play("link_opened")]
    assert any("set_ping interval_s=0" in line for line in opened)


# ---- performance ---------------------------------------------------------------------------------

CALLS: dict[str, Payload] = {
    "ChangeAvailability": {"connectorId": 1, "type": "Operative"},
    "ChangeConfiguration": {"key": "ConnectionTimeOut", "value": "90"},
    "ClearCache": {},
    "DataTransfer": {"vendorId": "x"},
    "GetConfiguration": {},
    "RemoteStartTransaction": {"idTag": "CARD"},
    "RemoteStopTransaction": {"transactionId": 99},
    "TriggerMessage": {"requestedMessage": "Heartbeat"},
    "UnlockConnector": {"connectorId": 1},
    "Reset": {"type": "Soft"},
}


@pytest.mark.parametrize("steps", [[], ["server silent", "card_presented id_tag=OTHER", "wait 1"]])
@pytest.mark.parametrize("after", ["booted", "charging"])
def test_every_call_is_answered_at_once(after: str, steps: list[str]) -> None:
    """OCPP response timeout: also while a CALL of ours is not answered; in the turn of the CALL."""
    station = product(after)
    for step in steps:
        station.play(step)
    began_s = time.perf_counter()
    for action, payload in CALLS.items():
        assert ask(station, action, **payload)
    assert time.perf_counter() - began_s < 1.0


def test_calls_are_answered_while_the_queue_is_sent() -> None:
    """OCPP response timeout: while transaction messages of an hour offline wait."""
    station = product("charging")
    station.play("link down")
    station.play("wait 3600")
    assert station.controller.queue_length() >= 50
    station.play("server silent")
    station.play("link up")
    station.play("wait 600")
    assert station.is_online
    for action, payload in CALLS.items():
        assert ask(station, action, **payload)


def test_what_a_call_asks_for_follows_at_once() -> None:
    """OCPP triggered function timeout, start by RemoteStartTransaction, end by
    RemoteStopTransaction: no time passes between the answer and the message."""
    station = product()
    station.play("plugged")
    began_s = station.world.time_s
    start = station.play('call RemoteStartTransaction {"idTag":"CARD"}')
    assert [frame[2] for frame in frames(start) if frame[0] == 2][:2] == [
        Action.AUTHORIZE,
        Action.START_TRANSACTION,
    ]
    stop = station.play('call RemoteStopTransaction {"transactionId":1}')
    assert Action.STOP_TRANSACTION in [frame[2] for frame in frames(stop) if frame[0] == 2]
    asked = {"requestedMessage": "StatusNotification", "connectorId": 1}
    triggered = station.play(f"call TriggerMessage {json.dumps(asked)}")
    assert [frame[0] for frame in frames(triggered)] == [3, 2]
    assert station.world.time_s == began_s
