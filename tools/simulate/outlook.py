"""What the station takes its outlet for, against what the outlet is.

Theory of operation: before every turn in which nothing has changed for a while, so that the station
has had time. What must be is said by people, hardware and the ledger alone; of the controller only
the statuses are read, as the lamp and the central system are told them.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from cp.chart import Step
from cp.controller import Controller, Done
from cp.domain.faults import prevents_charging
from cp.vocabulary.facts import ErrorShown
from cp.vocabulary.words import ChargePointErrorCode as Code, ChargePointStatus as Status
from drivers.bench.meter import MeterMode
from tools.explore.outlet_invariants import MATRIX
from tools.simulate.central import Central
from tools.simulate.draw import Draw
from tools.simulate.ledger import Queued
from tools.simulate.orders import is_operative
from tools.simulate.people import REFUSED
from tools.simulate.settled import Settled
from tools.simulate.station import Site
from tools.simulate.trouble import EMERGENCY_STOP

_UNPLUGGED_S: Final = 130.0
"""The longest ConnectionTimeOut that anybody writes, and a little."""
_RECORDED_S: Final = 1.0
"""A session begins and ends when its record is on disk, the status a moment before."""
_CONFIRMED_S: Final = 15.0
_SURGE_WH: Final = 20
"""What flows at full power until the register has been read, and the contactor has opened."""

_WITH_SESSION: Final = (Status.CHARGING, Status.SUSPENDED_EV, Status.SUSPENDED_EVSE)
_OUT_OF_ORDER: Final = (Status.UNAVAILABLE, Status.FAULTED)


class Outlook:
    """A watcher of turns."""

    def __init__(self, site: Site, central: Central, settled: Settled, draw: Draw) -> None:
        self._site = site
        self._central = central
        self._draw = draw
        self.settled = settled
        self._seen: dict[int, tuple[Status, list[ErrorShown]]] = {}
        self._since_s: dict[int, float] = {}

    def before_turn(self, controller: Controller) -> None:
        """See ``Watcher``."""
        self.settled.look()
        statuses = controller.statuses()
        now_s = self._site.time.now_s
        for connector_id, status in statuses.items():
            seen = status, self._errors(connector_id)
            if self._seen.get(connector_id) != seen:
                self._seen[connector_id], self._since_s[connector_id] = seen, now_s
        is_recorded = now_s - self._since_s.get(1, 0.0) > _RECORDED_S
        if self.settled.is_quiet and is_recorded:
            for finding in self._findings(statuses.get(0), statuses.get(1)):
                self._site.checks.find(finding)

    def after_turn(self, controller: Controller, done: Done, fresh: Sequence[Queued]) -> None:
        """No status changes as ``S 4.9`` does not allow."""
        for step in done.trace:
            if isinstance(step, Step) and step.machine.endswith(".1"):
                before, after = step.status_before, step.status_after
                follows = MATRIX.get(before or "", "").split()
                is_allowed = not (before and after) or after in (before, *follows)
                if not is_allowed:
                    self._site.checks.find(f"the outlet goes from {before} to {after}")

    def _findings(self, station: Status | None, outlet: Status | None) -> Iterator[str]:
        if station is None or outlet is None:
            yield f"the station is {station}, the outlet is {outlet}"
            return
        yield from self._outlet(outlet)
        yield from self._service(station, outlet)
        yield from self._told(0, station)
        yield from self._told(1, outlet)
        if self._site.board.lamp is not outlet:
            yield f"the lamp shows {self._site.board.lamp}, the outlet is {outlet}"

    # ---- the outlet ------------------------------------------------------------------------------

    def _outlet(self, status: Status) -> Iterator[str]:
        outlet = self._site.board.outlet
        where = f"status {status}, {'plugged' if outlet.is_plugged else 'unplugged'}"
        if self._is_faulty(1):
            if status is not Status.FAULTED:
                yield f"{where}, though an error prevents charging"
            if outlet.offered_a or outlet.is_pulled:
                yield f"{where}, energy is offered though an error prevents charging"
            if outlet.has_session and EMERGENCY_STOP in self._site.board.errors:
                yield f"{where}, a transaction goes on in an emergency stop"
            return
        if not self.settled.is_contactor_whole:
            return
        if status is Status.FAULTED:
            yield f"{where}, though no error is present"
        elif outlet.has_session:
            yield from self._session(status, where)
        elif outlet.offered_a or outlet.is_pulled:
            yield f"{where}, no transaction, but energy is offered"
        elif status not in self._without_session():
            yield f"{where}, but no transaction is open"

    def _without_session(self) -> Sequence[Status]:
        outlet = self._site.board.outlet
        if outlet.is_plugged:
            return (Status.PREPARING, Status.FINISHING, Status.UNAVAILABLE)
        is_waiting = self._site.time.now_s - self._since_s[1] < _UNPLUGGED_S
        waiting = (Status.PREPARING,) if is_waiting else ()
        return (Status.AVAILABLE, Status.UNAVAILABLE, *waiting)

    def _session(self, status: Status, where: str) -> Iterator[str]:
        outlet = self._site.board.outlet
        if not outlet.is_plugged:
            yield f"{where}, but a transaction is open"
            return
        expected = {"A": None, "B": Status.SUSPENDED_EV, "C": Status.CHARGING}[outlet.pilot]
        if not outlet.offered_a:
            expected = Status.SUSPENDED_EVSE
        if status is not expected or outlet.is_pulled is not (outlet.pilot == "C"):
            pulled = "pulled" if outlet.is_pulled else "released"
            yield f"{where}, pilot {outlet.pilot}, {outlet.offered_a} A, contactor {pulled}"
        start = self._site.ledger.starts[self._site.ledger.uid]
        if start.id_tag not in REFUSED:
            if status is Status.SUSPENDED_EVSE:
                yield f"{where}, though {start.id_tag} was never refused"
        elif "ChangeConfiguration" not in self._draw.requests:
            yield from self._refused(start, status)

    def _refused(self, start: Queued, status: Status) -> Iterator[str]:
        """What the keys allow whom the central system refused (``C-03``, D-12)."""
        site, keys = self._site, self._draw.keys
        if start.message_id in site.ledger.given_up:
            return
        gone_s = site.ledger.gone.get(start.message_id, site.time.now_s)
        is_told = site.time.now_s - gone_s > _CONFIRMED_S
        if is_told and keys["StopTransactionOnInvalidId"] == "true":
            yield f"a transaction of {start.id_tag} goes on"
        used_wh = site.board.outlet.register_wh - start.true_wh
        limit_wh = int(keys["MaxEnergyOnInvalidId"])
        has_energy = status is not Status.SUSPENDED_EVSE
        is_exact = "meter" not in self._draw.trouble
        if is_told and is_exact and has_energy and used_wh > limit_wh + _SURGE_WH:
            yield f"{start.id_tag} gets more than {limit_wh} Wh"
        if is_exact and not has_energy and used_wh < limit_wh:
            yield f"{start.id_tag} gets less than {limit_wh} Wh"

    # ---- availability ----------------------------------------------------------------------------

    def _service(self, station: Status, outlet: Status) -> Iterator[str]:
        """What ChangeAvailability has ordered last (``S 5.2``, D-13)."""
        is_updated = "UpdateFirmware" in self._draw.requests
        has_session = self._site.board.outlet.has_session
        match is_operative(self._central.asked, 1):
            case True if outlet is Status.UNAVAILABLE and not is_updated:
                yield "the outlet is Unavailable, ordered was Operative"
            case False if not has_session and outlet not in _OUT_OF_ORDER:
                if outlet is not Status.FINISHING:
                    yield f"the outlet is {outlet}, ordered was Inoperative"
        match is_operative(self._central.asked, 0):
            case True if station not in (Status.AVAILABLE, Status.FAULTED):
                yield f"the station is {station}, ordered was Operative"
            case False if not has_session and station not in _OUT_OF_ORDER:
                yield f"the station is {station}, ordered was Inoperative"
        if (station is Status.FAULTED) is not self._is_faulty(0):
            yield f"the station is {station}, its errors are {self._errors(0)}"

    # ---- errors and what is told -----------------------------------------------------------------

    def _errors(self, connector_id: int) -> list[ErrorShown]:
        board = self._site.board
        found = [
            ErrorShown(error.error_code, error.vendor_error_code)
            for error in board.errors
            if error.connector_id == connector_id
        ]
        if connector_id == 1 and board.meter is MeterMode.SILENT:
            found.append(ErrorShown(Code.POWER_METER_FAILURE))
        return found

    def _is_faulty(self, connector_id: int) -> bool:
        return any(prevents_charging(error) for error in self._errors(connector_id))

    def _told(self, connector_id: int, status: Status) -> Iterator[str]:
        """The central system knows the status, and an error that is there."""
        if not self.settled.is_heard(self._since_s[connector_id]):
            return
        said = self._central.said.get(connector_id)
        if said is None or said[0] != status:
            yield f"connector {connector_id} is {status}, said was {said}"
            return
        codes = {str(error.error_code) for error in self._errors(connector_id)}
        if codes <= {str(Code.EV_COMMUNICATION_ERROR)}:  # which goes with some statuses only
            codes.add(str(Code.NO_ERROR))
        codes |= {str(Code.RESET_FAILURE)} if connector_id == 0 else set()
        if said[1] not in codes and self.settled.is_contactor_whole:
            yield f"connector {connector_id} said {said}, its errors are {sorted(codes)}"
