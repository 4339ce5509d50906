"""The station file and the profiles: what they say, and every mistake with its line."""

import tomllib
from dataclasses import replace

import pytest

from cp.profiles import read_profile, texts
from cp.settings import BenchCar, BenchSettings, Settings, product_of, read_settings, station_url
from cp.vocabulary.context import Product
from cp.vocabulary.errors import SettingsError
from cp.vocabulary.keys import GENERIC

LEAST = '[station]\nid = "CP001"\n[csms]\nurl = "ws://127.0.0.1:9000/ocpp"\n'


def read(text: str) -> Settings:
    return read_settings(text, "station.toml", texts())


def findings(text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(text)
    return str(caught.value).splitlines()


def test_the_least_file() -> None:
    settings = read(LEAST)
    assert settings.profile.name == "imkev7"
    assert settings.storage_dir == "/var/lib/statecharge"
    assert set(settings.drivers.values()) == {"bench", "process"}
    assert settings.bench == BenchSettings("127.0.0.1", 9100, None, 1.0)
    assert product_of(settings) == Product(
        url="ws://127.0.0.1:9000/ocpp/CP001",
        vendor="Statecharge",
        model="IMK-EV7",
        firmware_version="v2.04",
        offered_a=32,
        link_retry_max_s=300.0,
    )


def test_the_full_file() -> None:
    settings = read("""
[station]
id = "CP001"
profile = "generic"
vendor = "V"
model = "M"
serial = "S"
firmware_version = "F"
meter_type = "T"
meter_serial = "N"
[csms]
url = "wss://[::1]/"
reconnect_max_s = 10
[storage]
dir = "here"
[ocpp]
HeartbeatInterval = 1
LocalPreAuthorize = true
StopTxnSampledData = ["Energy.Active.Import.Register"]
ConnectionTimeOut = "30"
[drivers]
set = "bench"
[bench]
host = "localhost"
port = 0
cars = [ { connector = 1, ev_ready = true } ]
time_scale = 60
""")
    product = product_of(settings)
    assert product == Product(
        "wss://[::1]/CP001", "CP001", "V", "M", "S", "F", "T", "N", 32, 10, time_scale=60
    )
    assert settings.storage_dir == "here"
    assert settings.bench == BenchSettings("localhost", 0, (BenchCar(1, True),), 60)
    values = settings.factory_values
    assert values.number("HeartbeatInterval") == 1
    assert values.text("LocalPreAuthorize") == "true"
    assert values.items("StopTxnSampledData") == ("Energy.Active.Import.Register",)
    assert values.text("ConnectionTimeOut") == "30"


@pytest.mark.parametrize(
    ("endpoint", "identity", "url"),
    [
        ("ws://h/ocpp", "RDAM 123", "ws://h/ocpp/RDAM%20123"),
        ("ws://h/ocpp/", "a/b", "ws://h/ocpp/a%2Fb"),
        ("ws://h:1", "Ä", "ws://h:1/%C3%84"),
    ],
)
def test_station_url(endpoint: str, identity: str, url: str) -> None:
    settings = replace(read(LEAST), csms_url=endpoint, station_id=identity)
    assert station_url(settings) == url


def test_files_of_the_link_lie_beside_the_station_file() -> None:
    assert (read(LEAST).ca_file, read(LEAST).password_file) == (None, None)
    text = LEAST.replace("ws://", "WSS://") + 'ca_file = "ca.pem"\npassword_file = "/etc/key"\n'
    settings = read_settings(text, "/etc/statecharge/station.toml", texts())
    assert settings.ca_file == "/etc/statecharge/ca.pem"
    assert settings.password_file == "/etc/key"


def test_cars_absent_and_none_at_all_differ() -> None:
    assert read(LEAST).bench.cars is None
    assert read(f"{LEAST}[bench]\ncars = []").bench.cars == ()
    assert read(f"{LEAST}[bench]\ncars = [{{connector=1}}]").bench.cars == (BenchCar(1, False),)


def test_all_mistakes_of_a_file_at_once() -> None:
    text = """\
[station]
id = ""
profile = "imkev"
vendr = "V"
serial = 5
model = "a model's name that is too long"
[csms]
url = "http://user:secret@h?x"
reconnect_max_s = 0
[storag]
[ocpp]
HeartbeatInterval = 86401
NumberOfConnectors = 2
Heartbeatinterval = 60
[drivers]
set = "gpio"
[bench]
port = true
cars = [ { connector = 2, evready = true } ]
time_scale = "fast"
"""
    assert findings(text) == [
        "station.toml:2: id is text of 1 to 255 characters on one line",
        "station.toml:3: unknown profile 'imkev'; did you mean 'imkev7'?",
        "station.toml:4: unknown key 'vendr' in [station]; did you mean 'vendor'?",
        "station.toml:5: serial is text of 1 to 25 characters on one line",
        "station.toml:6: model is text of 1 to 20 characters on one line",
        "station.toml:8: url ends with its path: no blank, query or fragment",
        "station.toml:8: url is ws://HOST[:PORT][/PATH] or wss://..., with a host",
        "station.toml:8: url: user and password have no place in it",
        "station.toml:9: reconnect_max_s = 0 is not a number from 1 to 86400",
        "station.toml:10: unknown table 'storag'; did you mean 'storage'?",
        "station.toml:12: HeartbeatInterval = 86401 is not accepted; 1 to 86400 s",
        "station.toml:13: NumberOfConnectors is fixed by the profile at '1'; take the line out",
        "station.toml:14: Heartbeatinterval is no configuration key; "
        "did you mean HeartbeatInterval?",
        "station.toml:16: unknown driver set 'gpio'; known: bench",
        "station.toml:18: port = True is not a whole number from 0 to 65535",
        "station.toml:19: cars: each is { connector = 1, ev_ready = true } or false",
        "station.toml:19: unknown key 'evready' in cars; did you mean 'ev_ready'?",
        "station.toml:20: time_scale = 'fast' is not a number from 0.001 to 1000",
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "",
            [
                "station.toml: id of [station] is missing, and [station] with it",
                "station.toml: url of [csms] is missing, and [csms] with it",
            ],
        ),
        ("[station]\nid =", ["station.toml:2: no valid TOML: Invalid value"]),
        (f"stray = 1\n{LEAST}", ["station.toml:1: unknown table 'stray'; "]),
        (f"bench = 1\n{LEAST}", ["station.toml:1: bench is a table; write [bench]"]),
        (f"{LEAST}[bench]\ncars = 1", ["station.toml:6: cars: each is "]),
        (f"{LEAST}[bench]\ncars = [{{connector=1}}, {{connector=1}}]", ["station.toml:6: cars: "]),
        (LEAST.replace(":9000", ":90000"), ["station.toml:4: url: host or port is not valid"]),
        (LEAST.replace("127.0.0.1", ""), ["station.toml:4: url is ws://HOST"]),
        (LEAST.replace("/ocpp", "/ocpp#x"), ["station.toml:4: url ends with its path"]),
        (LEAST.replace("CP001", "CP\\u000a1"), ["station.toml:2: id is text of 1 to 255"]),
        (f'{LEAST}ca_file = "ca.pem"', ["station.toml:5: ca_file is for wss://; take it out"]),
        (f'{LEAST}ca_file = ""', ["station.toml:5: ca_file is text of 1 to 4096 characters"]),
        (f"{LEAST}password_file = true", ["station.toml:5: password_file is text of 1 to 4096"]),
        (f'{LEAST}password_fil = "x"', ["station.toml:5: unknown key 'password_fil' in [csms]; d"]),
        (
            '[station]\nid = "CP001"\n[csms]\nca_file = "ca.pem"\n',
            ["station.toml:3: url of [csms] is missing"],
        ),
        (f"{LEAST}time_scale = 2", ["station.toml:5: unknown key 'time_scale' in [csms]; "]),
    ],
)
def test_mistakes(text: str, found: list[str]) -> None:
    lines = findings(text)
    assert len(lines) == len(found)
    assert all(line.startswith(start) for line, start in zip(lines, found, strict=True))


def test_the_profile_limits_factory_values() -> None:
    text = f"{LEAST}[ocpp]\nMeterValueSampleInterval = {{}}\n"
    for accepted in ("0", "60", "100"):
        values = read(text.format(accepted)).factory_values
        assert values.text("MeterValueSampleInterval") == accepted
    for refused in ("1", "59", "101", "-1", "60.0", "true", '"often"'):
        assert findings(text.format(refused))[0].startswith("station.toml:6: MeterValueSample")


def test_no_finding_shows_a_password() -> None:
    assert "secret" not in "".join(findings(LEAST.replace("127", "user:secret@127")))


# ---- profiles ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(texts()))
def test_profiles_are_right(name: str) -> None:
    profile, found = read_profile(name, texts()[name])
    assert found == ()
    assert len(profile.identity["vendor"]) <= 20
    assert {"Core", "FirmwareManagement", "RemoteTrigger"} == set(
        profile.keys.defaults().items("SupportedFeatureProfiles")
    )


def test_the_certificate() -> None:
    keys = read_profile("imkev7", texts()["imkev7"])[0].keys
    expected = {
        "GetConfigurationMaxKeys": "1",
        "MeterValuesAlignedDataMaxLength": "50",
        "MeterValuesSampledDataMaxLength": "50",
        "StopTransactionMaxMeterValues": "50",
        "StopTxnAlignedDataMaxLength": "50",
        "StopTxnSampledDataMaxLength": "50",
        "WebSocketPingInterval": "60",
        "SupportedFileTransferProtocols": "HTTP",
        "StopTransactionOnEVSideDisconnect": "true",
        "UnlockConnectorOnEVSideDisconnect": "false",
        "NumberOfConnectors": "1",
    }
    assert {name: keys.defaults().text(name) for name in expected} == expected
    readonly = {name for name in expected if keys[name].is_readonly}
    assert readonly == set(expected) - {"WebSocketPingInterval"}
    limits = {
        name: (keys[name].low, keys[name].high, keys[name].is_zero_allowed, keys[name].default)
        for name in ("MeterValueSampleInterval", "HeartbeatInterval")
    }
    assert limits == {
        "MeterValueSampleInterval": (60, 100, True, "60"),
        "HeartbeatInterval": (60, 100, False, "60"),
    }
    unsaid = set(GENERIC) - set(tomllib.loads(texts()["imkev7"])["keys"])
    others = unsaid - {"SupportedFileTransferProtocols"}
    assert {keys[name] for name in others} == {GENERIC[name] for name in others}


def test_the_generic_profile_has_the_limits_of_the_specification() -> None:
    assert read_profile("generic", texts()["generic"])[0].keys == GENERIC


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[hardware]\nconnectors = 2", "2: connectors = 2: this program drives only connectors"),
        ("[hardware]\ncolor = 2", "2: unknown key 'color' in [hardware]; known: connectors"),
        ("[hardware]\noffered_a = 81", "2: offered_a = 81 is not a whole number from 6 to 80"),
        ("[features]\nprofiles = ['Core']", "2: profiles: this program has exactly"),
        ("[features]\nfile_transfer = ['SFTP']", "2: file_transfer: some of HTTP, HTTPS, FTP"),
        ("[keys.HeartbeatIntervall]", "1: unknown key 'HeartbeatIntervall' in [keys]; did you"),
        ("[keys.HeartbeatInterval]\nlow = 5\nhigh = 4", "2: low and high lie, in this order"),
        ("[keys.HeartbeatInterval]\nhigh = 100000", "1: low and high lie, in this order"),
        ("[keys.HeartbeatInterval]\nlow = 61", "1: '60' is no value of HeartbeatInterval"),
        ("[keys.HeartbeatInterval]\nlow = '5'", "2: low = '5' is not a whole number"),
        ("[keys.HeartbeatInterval]\nis_zero_allowed = true", "2: 0 does not turn Heartbeat"),
        ("[keys.HeartbeatInterval]\nis_readonly = 1", "2: is_readonly = 1 is not true or false"),
        ("[keys.HeartbeatInterval]\nmin = 1", "2: unknown key 'min' in [keys.HeartbeatInterval]"),
        ("[keys.NumberOfConnectors]\nis_readonly = false", "2: NumberOfConnectors cannot be"),
        ("[keys.NumberOfConnectors]\ndefault = 'x'", "2: 'x' is no value of NumberOfConnectors"),
        ("[keys.LocalPreAuthorize]\nlow = 1", "2: LocalPreAuthorize has no limits"),
        ("[keys.LocalPreAuthorize]\ndefault = 1", "2: '1' is no value of LocalPreAuthorize"),
        ("[keys.StopTxnSampledData]\ndefault = ['Voltage']", "2: 'Voltage' is no value of"),
        ("[identity]\nvendor = 'V'", "1: [identity] model is missing"),
        ("[limits]", "1: unknown table 'limits'; known: identity, hardware, features, keys"),
    ],
)
def test_mistakes_of_a_profile(text: str, found: str) -> None:
    identity = "" if "identity" in text else "\n[identity]\nvendor = 'V'\nmodel = 'M'\n"
    messages = [str(finding) for finding in read_profile("p", text + identity)[1]]
    assert any(message.startswith(f"profiles/p.toml:{found}") for message in messages), messages


def test_mistakes_of_a_profile_reach_the_installer() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(LEAST, "station.toml", {"imkev7": "[identity]\nvendor = 'V'"})
    assert str(caught.value) == "profiles/imkev7.toml:1: [identity] model is missing"
