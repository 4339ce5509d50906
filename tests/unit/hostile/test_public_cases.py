"""Failures of other stations and servers that became public, each by its name."""

import ast
import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hostile_stand import Outcome, call, receive, received, station

from cp.ocppj.formats import utc_s_of
from cp.ocppj.inbound import read_call
from cp.settings import BenchSettings
from cp.vocabulary.effects import SendFrame
from cp.vocabulary.events import FrameReceived, LinkClosed, LinkOpened, UpdateRequested
from cp.vocabulary.words import Action

ROOT = Path(__file__).parents[3]
SECRETS = (
    "http://user:SECRET@host/firmware.bin",
    "ftp://SECRET@host/",
    "http://SECRET:x@10.0.0.1/d",
)


@cache
def names_in(folder: str) -> frozenset[tuple[str, str]]:
    """Every name, attribute, keyword and imported module in the sources of a folder, by file."""
    return frozenset(_names_in(folder))


def _names_in(folder: str) -> Iterator[tuple[str, str]]:
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                    yield path.name, name
                case ast.Import(names=names) | ast.ImportFrom(names=names):
                    yield from ((path.name, item.name) for item in names)


@pytest.mark.parametrize("folder", ["cp", "drivers"])
def test_chargepoint_home_flex_cve_2024_23971_no_string_reaches_a_shell(folder: str) -> None:
    """A string of an OCPP message went into a system call: here is no shell to reach."""
    banned = {"system", "popen", "shell", "eval", "exec", "getoutput", "create_subprocess_shell"}
    assert [place for place in names_in(folder) if place[1] in banned] == []


@pytest.mark.parametrize(
    "text", ["$(reboot)", "`reboot`", ";reboot", "|reboot", "\n reboot", "%s%n"]
)
def test_chargepoint_home_flex_cve_2024_23971_words_stay_words(text: str) -> None:
    started = receive("idle", call("RemoteStartTransaction", {"idTag": text}))
    assert started.frames[0] == [3, "h-1", {"status": "Accepted"}]
    assert started.frames[1][2:] == ["Authorize", {"idTag": text}]
    assert receive("idle", call("DataTransfer", {"vendorId": text, "data": text})).frames == [
        [3, "h-1", {"status": "UnknownVendorId"}]
    ]


@pytest.mark.parametrize("location", SECRETS)
@pytest.mark.parametrize("action", ["UpdateFirmware", "GetDiagnostics"])
def test_saiflow_2023_credentials_of_file_servers_stay_out_of_the_transcript(
    action: str, location: str
) -> None:
    payload = {"location": location}
    if action == "UpdateFirmware":
        payload["retrieveDate"] = "2099-01-01T00:00:00Z"
    for text in (call(action, payload), call(action, payload)[:-1], call(action, [payload])):
        outcome = receive("idle", text)
        assert outcome.done.trace
        assert "SECRET" not in "\n".join(outcome.done.lines(0.0, lambda tag: "*"))


def test_saiflow_2023_a_second_connection_of_our_name_makes_no_storm() -> None:
    """A server that lets another connection take over ends ours again and again: we back off."""
    where = station("charging")
    opened_s = []
    for _ in range(12):
        where.take(LinkClosed("taken over"))
        while where.controller.condition.machines["link.0"].active[-1] != "connecting":
            deadline_s = where.controller.next_deadline_s
            assert deadline_s is not None
            where.wait(deadline_s - where.world.time_s)
        opened_s.append(where.world.time_s)
        where.take(LinkOpened())
    waits_s = [after - before for before, after in itertools.pairwise(opened_s)]
    assert waits_s == sorted(waits_s)
    assert waits_s[-1] >= 8 * waits_s[0]
    assert [item.action for item in where.server.books.arrivals].count("BootNotification") == 1
    assert where.world.is_closed


def test_cve_2026_22552_24731_27772_nothing_listens_but_the_bench_at_home() -> None:
    """OCPP endpoints without authentication: a station calls, and is not called."""
    assert BenchSettings().host == "127.0.0.1"
    servers = {"start_server", "create_server", "start_unix_server", "listen", "serve"}
    listening = {place for folder in ("cp", "drivers") for place in names_in(folder)}
    assert {file for file, name in listening if name in servers} <= {
        *("interface.py", "checking.py")  # the latter only sees whether the port is free
    }


def test_cve_2026_24445_24696_a_flood_changes_nothing_and_is_answered_one_by_one() -> None:
    """No rate limit: each CALL costs one answer, and nothing is kept of it."""
    where = station("charging")
    before = where.controller.condition
    for number in range(1000):
        done = where.controller.handle(
            FrameReceived(call("ClearCache", {}, f"f-{number}")), where.world.now()
        )
        assert [
            json.loads(item.text)[1] for item in done.outward if isinstance(item, SendFrame)
        ] == [f"f-{number}"]
        where.controller.handle(FrameReceived(f'[3,"f-{number}",{{}}]'), where.world.now())
    outcome = Outcome(before, where.controller.condition, done, where.controller)
    assert outcome.is_without_effect()
    assert outcome.counted == {"calls_inbound": 1000, "answers_unknown": 1000}


@pytest.mark.parametrize("action", ["UpdateFirmware", "GetDiagnostics"])
def test_ocpp_jaxb_cve_2023_52096_a_month_00(action: str) -> None:
    payload = {"location": "http://host/a", "retrieveDate": "1000000"}
    if action == "GetDiagnostics":
        payload = {"location": "http://host/a", "startTime": "1000000"}
    outcome = receive("idle", call(action, payload))
    assert [frame[2] for frame in outcome.frames] == ["PropertyConstraintViolation"]
    assert outcome.is_without_effect()


@pytest.mark.parametrize(
    "time", ["0001-01-01T00:00:00Z", "1970-01-01T00:00:09Z", "9999-12-31T23:59:60Z"]
)
def test_a_server_whose_clock_was_never_set_does_not_set_ours(time: str) -> None:
    """S 4.2: a stamp of 1970 never gets on the wire, and one past the year 9999 ends no process."""
    where = station("booted", f'when Heartbeat {{"currentTime":"{time}"}}')
    where.play('call TriggerMessage {"requestedMessage":"Heartbeat"}')
    where.play("plugged")
    where.play("card_presented id_tag=CARD")
    (start,) = [item for item in where.server.books.arrivals if item.action == "StartTransaction"]
    assert str(start.payload["timestamp"]).startswith("2026-01-01T12:00:")
    assert where.controller.fault is None


def test_ocpp_core_33_the_register_never_falls() -> None:
    """meterStop below meterStart was billed as negative energy; ours rises, whatever the meter."""
    where = station("charging", keys="StopTxnSampledData=Energy.Active.Import.Register")
    for register in ("1500", "200", "none", "0", "1600", "3"):
        where.play(f"meter {register}")
        where.play("wait 60")
    where.play("unplugged")
    by_action = {item.action: item.payload for item in where.server.books.arrivals}
    start, stop = by_action["StartTransaction"], by_action["StopTransaction"]
    values = [
        int(value["value"])
        for item in stop["transactionData"]  # type: ignore[attr-defined]
        for value in item["sampledValue"]
    ]
    assert values == sorted(values)
    assert (values[0], values[-1]) == (start["meterStart"], stop["meterStop"]) == (1000, 1600)


@pytest.mark.parametrize("scheme", ["file:///etc/passwd", "gopher://h/", "dict://h/", "scp://h/x"])
def test_everest_2375_no_scheme_of_a_transfer_library_is_served(scheme: str) -> None:
    """Any scheme that curl knows was taken: no effect of ours ever carries such an address."""
    outcome = receive("idle", call("GetDiagnostics", {"location": scheme}))
    kind = outcome.frames[0][0]
    assert (len([frame for frame in outcome.frames if frame[0] in (3, 4)]), kind in (3, 4)) == (
        1,
        True,
    )
    others = [item for item in outcome.done.outward if not isinstance(item, SendFrame)]
    assert not [item for item in others if scheme in repr(item)]


@pytest.mark.parametrize(
    "text",
    [
        '[2,"h-1","GetCompositeSchedule",{"connectorId":"x"}]',
        '[2,"h-1","SetChargingProfile",{"connectorId":1,"csChargingProfiles":{}}]',
        '[2,"h-1","SetChargingProfile",null]',
        '[2,"h-1","UpdateFirmware",{"location":"","retrieveDate":""}]',
        '[2,"h-1","ChangeConfiguration",{"key":"","value":""}]',
        '[2,"h-1","GetConfiguration",{"key":[""]}]',
        '[2,"h-1","SendLocalList",{"listVersion":-1,"updateType":"Full","localAuthorizationList":0}]',
    ],
)
def test_libocpp_1140_a_malformed_message_is_no_exception(text: str) -> None:
    outcome = receive("charging", text)
    assert len(outcome.frames) == 1
    assert outcome.is_without_effect()


def test_microocpp_208_get_diagnostics_restarts_nothing() -> None:
    for location in ("http://host/", "http://", "http:", "x:y", "ftp://host/" + "d" * 5000):
        outcome = receive("charging", call("GetDiagnostics", {"location": location}))
        assert outcome.done.safe == ()
        assert not {"Restart", "EndProcess", "CloseLink"} & {
            type(item).__name__ for item in outcome.done.outward
        }


def test_microocpp_436_retries_0_is_a_number_and_not_nothing() -> None:
    """The lab sends retries = 0: one try, and not none or the station's own number."""
    payload = {"location": "http://h/f", "retrieveDate": "2026-01-01T00:00:00Z", "retries": 0}
    event = read_call("h-1", "UpdateFirmware", payload)
    assert isinstance(event, UpdateRequested)
    assert event.retries == 0


def test_everest_536_no_flood_of_uploading() -> None:
    """At most one Uploading for a request, however long nothing answers."""
    where = station("booted", "when DiagnosticsStatusNotification silent")
    where.play('call GetDiagnostics {"location":"http://127.0.0.1:1/d/","retries":5}')
    where.play("wait 7200")
    told = [
        item.payload for item in where.server.books.messages(Action.DIAGNOSTICS_STATUS_NOTIFICATION)
    ]
    assert told.count({"status": "Uploading"}) <= 1


HARD = json.dumps({"type": "Hard"})


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        f'[2,"h-1","UnlockConnector",{{"connectorId":{"1" * 5000}}}]',
        f'[2,"h-1",{{"a":1}},{HARD}]',
    ],
    ids=["nested 100,000 deep", "an integer of 5,000 digits", "an object as action"],
)
def test_ocpp_2_1_0_one_frame_does_not_end_the_receive_loop(text: str) -> None:
    where = station("charging")
    where.take(FrameReceived(text))
    assert received(where, call("ClearCache", {})).frames == [[3, "h-1", {"status": "Rejected"}]]


def test_ocpp_2_1_0_duplicate_keys_do_not_make_a_soft_reset_hard() -> None:
    outcome = receive("charging", '[2,"h-1","Reset",{"type":"Soft","type":"Hard"}]')
    assert [frame[2] for frame in outcome.frames] == ["FormationViolation"]
    assert outcome.is_without_effect()


@pytest.mark.parametrize("number", ["1e99999", "-1e400", "NaN", "Infinity"])
def test_ocpp_2_1_0_numbers_without_a_value(number: str) -> None:
    period = f'[{{"startPeriod":0,"limit":{number}}}]'
    schedule = f'{{"chargingRateUnit":"A","chargingSchedulePeriod":{period}}}'
    profile = f'{{"chargingProfileId":1,"chargingSchedule":{schedule}}}'
    for payload in (
        f'{{"idTag":"A","chargingProfile":{profile}}}',
        f'{{"csChargingProfiles":{profile}}}',
    ):
        for action in ("RemoteStartTransaction", "SetChargingProfile"):
            outcome = receive("idle", f'[2,"h-1","{action}",{payload}]')
            assert [frame[2] for frame in outcome.frames] == ["FormationViolation"]
            assert outcome.is_without_effect()


def test_certificates_are_always_verified() -> None:
    """No switch turns it off: not in the sources, and none in the station file."""
    banned = {"CERT_NONE", "check_hostname", "verify_mode", "_create_unverified_context"}
    found = [place for folder in ("cp", "drivers") for place in names_in(folder)]
    assert [place for place in found if place[1] in banned] == []


@pytest.mark.parametrize(
    ("text", "utc_s"),
    [
        ("9999-12-31T23:59:60Z", 253402300799.0),
        ("9999-12-31T23:59:59-14:00", 253402300799.0),
        ("0001-01-01T00:00:00+14:00", -62135596800.0),
    ],
)
def test_an_instant_beyond_the_calendar_still_has_a_date(text: str, utc_s: float) -> None:
    """A retrieveDate of "never": legal, and no transcript may fail on it."""
    assert utc_s_of(text) == utc_s
    assert datetime.fromtimestamp(utc_s, UTC).year in (1, 9999)
