"""The operator: what the central system asks of the station, in any order and at any time.

Theory of operation: each kind of request is one small method that draws its fields, wrong ones
among them; some seeds have only some kinds.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from tools.net.csms_books import iso_time
from tools.net.csms_words import Payload
from tools.scenario_house import NOON_S
from tools.simulate.central import STATION, Central
from tools.simulate.chance import Chance
from tools.simulate.clock import VirtualTime
from tools.simulate.people import CARDS

_KEYS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("AllowOfflineTxForUnknownId", ("true", "false", "maybe")),
    ("AuthorizeRemoteTxRequests", ("true", "false")),
    ("ClockAlignedDataInterval", ("0", "900", "-1")),
    ("ConnectionTimeOut", ("30", "60", "120")),
    ("HeartbeatInterval", ("60", "100", "0", "x")),
    ("MaxEnergyOnInvalidId", ("0", "50", "2000")),
    ("MeterValueSampleInterval", ("60", "90", "100", "0")),
    ("ResetRetries", ("0", "2")),
    ("StopTransactionOnInvalidId", ("true", "false")),
    ("StopTxnSampledData", ("", "Energy.Active.Import.Register")),
    ("StopTxnAlignedData", ("", "Energy.Active.Import.Register")),
    ("TransactionMessageRetryInterval", ("5", "30")),
    ("WebSocketPingInterval", ("60", "20", "0")),
    ("NoSuchKey", ("1",)),
)
_MESSAGES: Final = (
    "BootNotification",
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
    "Heartbeat",
    "MeterValues",
    "StatusNotification",
)


class Operator:
    """One request after the other."""

    def __init__(self, central: Central, time: VirtualTime, chance: Chance) -> None:
        self._central = central
        self._time = time
        self._chance = chance
        self.kinds: Mapping[str, Callable[[], Payload]] = {
            "RemoteStartTransaction": self._remote_start,
            "RemoteStopTransaction": self._remote_stop,
            "ChangeAvailability": self._availability,
            "ChangeConfiguration": self._configuration,
            "GetConfiguration": self._keys,
            "Reset": lambda: {"type": chance.choice(("Soft", "Hard"))},
            "TriggerMessage": self._trigger,
            "UnlockConnector": lambda: {"connectorId": chance.randrange(3)},
            "ClearCache": dict,
            "DataTransfer": lambda: {"vendorId": "nobody"},
            "UpdateFirmware": self._update,
            "GetDiagnostics": self._diagnostics,
            "ReserveNow": self._reserve,
        }

    async def work(self, kinds: tuple[str, ...], gap_s: float) -> None:
        """Requests of these kinds, about every ``gap_s``, sometimes two in a row."""
        while kinds:
            await asyncio.sleep(self._chance.span_s(gap_s))
            for _ in range(1 + self._chance.is_so(0.1)):
                kind = self._chance.choice(kinds)
                await self._central.call(kind, self.kinds[kind]())

    def _remote_start(self) -> Payload:
        connector = self._chance.choice(({}, {"connectorId": 1}, {"connectorId": 1}))
        return {"idTag": self._chance.choice(CARDS), **connector}

    def _remote_stop(self) -> Payload:
        running = [item.id for item in self._central.books.open_transactions(STATION)]
        return {"transactionId": running[-1] if running else 4711}

    def _availability(self) -> Payload:
        kind = self._chance.choice(("Operative", "Operative", "Inoperative"))
        return {"connectorId": self._chance.choice((0, 1, 1, 2)), "type": kind}

    def _configuration(self) -> Payload:
        key, values = self._chance.choice(_KEYS)
        return {"key": key, "value": self._chance.choice(values)}

    def _keys(self) -> Payload:
        return self._chance.choice(({}, {"key": ["HeartbeatInterval"]}, {"key": ["What"]}))

    def _trigger(self) -> Payload:
        connector = self._chance.choice(({}, {"connectorId": 1}, {"connectorId": 0}))
        return {"requestedMessage": self._chance.choice(_MESSAGES), **connector}

    def _update(self) -> Payload:
        at_s = NOON_S + self._time.now_s + self._chance.choice((-60.0, 0.0, 900.0))
        scheme = self._chance.choice(("http", "http", "http", "gopher"))
        return {
            "location": f"{scheme}://files.example/image",
            "retrieveDate": iso_time(at_s),
            "retries": self._chance.randrange(4),
            "retryInterval": self._chance.choice((1, 60)),
        }

    def _diagnostics(self) -> Payload:
        return {"location": "http://files.example/", "retries": self._chance.randrange(3)}

    def _reserve(self) -> Payload:
        until = iso_time(NOON_S + self._time.now_s + 600)
        return {"connectorId": 1, "expiryDate": until, "idTag": "CARD1", "reservationId": 1}
