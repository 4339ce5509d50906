"""Configuration keys: the table, the typed values, and the two operations (S 5.3, S 5.8, S 9)."""

import pytest
from hypothesis import given, settings, strategies as st

from cp.domain.configuration import (
    TooManyKeys,
    change_configuration,
    factory_values,
    get_configuration,
    parse_value,
    restored_values,
)
from cp.vocabulary.keys import GENERIC, KEYS, KeyOverride, KeySpec
from cp.vocabulary.words import CallErrorCode, ConfigurationStatus

REGISTER = "Energy.Active.Import.Register"
DEFAULTS = GENERIC.defaults()

CERTIFIED = GENERIC.with_overrides(
    {
        "GetConfigurationMaxKeys": KeyOverride(default="1"),
        "HeartbeatInterval": KeyOverride(low=60, high=100),
        "MeterValueSampleInterval": KeyOverride(low=60, high=100),
    }
)
"""ORS-1 and ORS-4 to ORS-7 of the certificate."""

LISTS = (
    "MeterValuesAlignedData",
    "MeterValuesSampledData",
    "StopTxnAlignedData",
    "StopTxnSampledData",
)


# ---- table and values ----------------------------------------------------------------------------


def test_every_default_is_accepted_by_its_own_key() -> None:
    for spec in GENERIC.specs:
        if not spec.is_readonly:
            assert parse_value(spec, spec.default) == spec.default, spec.name


def test_names_are_unique_in_any_letter_case() -> None:
    folded = {name.lower() for name in GENERIC}
    assert len(folded) == len(GENERIC) == len(KEYS) == 31


@pytest.mark.parametrize(
    "name", ["AuthorizationCacheEnabled", "MinimumStatusDuration", "LocalAuthListEnabled"]
)
def test_absent_features_have_no_key(name: str) -> None:
    """C-04, C-05: the presence of an optional key claims the feature."""
    assert GENERIC.find(name) is None


@pytest.mark.parametrize("name", [*LISTS, "ConnectorPhaseRotation"])
def test_a_list_holds_as_many_items_as_its_length_key_says(name: str) -> None:
    length = f"{name}MaxLength"
    assert GENERIC[name].max_items == int(GENERIC[length].default)
    narrowed = GENERIC.with_overrides({length: KeyOverride(default="1")})
    assert narrowed[name].max_items == 1


def test_find_ignores_letter_case() -> None:
    assert GENERIC.find("heartBEATinterval") is GENERIC["HeartbeatInterval"]


def test_overrides_leave_the_generic_table_alone() -> None:
    assert (CERTIFIED["HeartbeatInterval"].low, CERTIFIED["HeartbeatInterval"].high) == (60, 100)
    assert GENERIC["HeartbeatInterval"].low == 1
    assert CERTIFIED["MeterValueSampleInterval"].is_zero_allowed
    assert CERTIFIED.defaults().number("GetConfigurationMaxKeys") == 1


def test_override_of_an_unknown_key_is_a_fault_of_our_own() -> None:
    with pytest.raises(KeyError):
        GENERIC.with_overrides({"Heartbeat": KeyOverride(default="1")})


def test_values_are_read_by_type() -> None:
    assert DEFAULTS.text("HeartbeatInterval") == "60"
    assert DEFAULTS.number("HeartbeatInterval") == 60
    assert DEFAULTS.flag("AuthorizeRemoteTxRequests") is True
    assert DEFAULTS.flag("LocalPreAuthorize") is False
    assert DEFAULTS.items("MeterValuesSampledData") == (REGISTER,)
    assert DEFAULTS.items("StopTxnSampledData") == ()


def test_values_are_values() -> None:
    changed = DEFAULTS.with_value("HeartbeatInterval", "90")
    assert changed.number("HeartbeatInterval") == 90
    assert DEFAULTS.number("HeartbeatInterval") == 60
    back = changed.with_value("HeartbeatInterval", "60")
    assert back == DEFAULTS
    assert hash(back) == hash(DEFAULTS)
    assert changed != DEFAULTS


def test_an_unknown_name_is_a_fault_of_our_own() -> None:
    with pytest.raises(KeyError):
        DEFAULTS.text("heartbeatinterval")
    with pytest.raises(KeyError):
        DEFAULTS.with_value("Nonsense", "1")


# ---- values that keys accept ---------------------------------------------------------------------

ACCEPTED = [
    ("LocalPreAuthorize", "TRUE", "true"),
    ("LocalPreAuthorize", "False", "false"),
    ("ConnectionTimeOut", " 60 ", "60"),
    ("ConnectionTimeOut", "+0060", "60"),
    ("ConnectionTimeOut", "1", "1"),
    ("ConnectionTimeOut", "86400", "86400"),
    ("ClockAlignedDataInterval", "0", "0"),
    ("ClockAlignedDataInterval", "-0", "0"),
    ("MeterValueSampleInterval", "0", "0"),
    ("WebSocketPingInterval", "0", "0"),
    ("MaxEnergyOnInvalidId", "1000000", "1000000"),
    ("TransactionMessageRetryInterval", "0", "0"),
    ("MeterValuesSampledData", REGISTER, REGISTER),
    ("MeterValuesSampledData", f" {REGISTER} , {REGISTER}", REGISTER),
    ("MeterValuesSampledData", "", ""),
    ("ConnectorPhaseRotation", "0.Unknown, 1.NotApplicable", "0.Unknown,1.NotApplicable"),
]

REFUSED = [
    *[("LocalPreAuthorize", text) for text in ("1", "0", "yes", "", " true", "on")],
    *[("ConnectionTimeOut", text) for text in ("", "60.0", "6e1", "sixty", "0", "86401", "-60")],
    *[("ConnectionTimeOut", text) for text in ("6 0", "0x3C", "\u0666\u0660", "--6", "60\n")],
    ("MeterValueSampleInterval", "-1"),
    ("HeartbeatInterval", "0"),
    ("WebSocketPingInterval", "-1"),
    ("MaxEnergyOnInvalidId", "1000001"),
    ("TransactionMessageAttempts", "0"),
    ("ResetRetries", "11"),
    ("MeterValuesSampledData", "Voltage"),
    ("MeterValuesSampledData", f"{REGISTER},Voltage"),
    ("MeterValuesSampledData", f"{REGISTER}.L1"),
    ("MeterValuesSampledData", REGISTER.lower()),
    ("MeterValuesSampledData", f"{REGISTER},"),
    ("MeterValuesSampledData", ",".join([REGISTER] * 51)),
    ("ConnectorPhaseRotation", "1.RST"),
    ("ConnectorPhaseRotation", "2.Unknown"),
    ("ConnectorPhaseRotation", "1.Unknown,1.NotApplicable"),
    ("ConnectorPhaseRotation", "1.Unknown,1.Unknown"),
]


@pytest.mark.parametrize(("name", "text", "stored"), ACCEPTED)
def test_accepted_text_is_stored_in_canonical_form(name: str, text: str, stored: str) -> None:
    status, values = change_configuration(GENERIC, DEFAULTS, name, text)
    assert status == ConfigurationStatus.ACCEPTED
    assert values.text(name) == stored


@pytest.mark.parametrize(("name", "text"), REFUSED)
def test_refused_text_leaves_the_old_value(name: str, text: str) -> None:
    """S 3.16.4, T 040_1, T 040_2."""
    status, values = change_configuration(GENERIC, DEFAULTS, name, text)
    assert status == ConfigurationStatus.REJECTED
    assert values == DEFAULTS


@pytest.mark.parametrize(
    ("name", "text", "is_accepted"),
    [
        *[("HeartbeatInterval", text, True) for text in ("60", "100")],
        *[("HeartbeatInterval", text, False) for text in ("59", "101", "0", "-1")],
        *[("MeterValueSampleInterval", text, True) for text in ("60", "100", "0")],
        *[("MeterValueSampleInterval", text, False) for text in ("59", "101", "-1", "x")],
    ],
)
def test_limits_of_the_certificate(name: str, text: str, is_accepted: bool) -> None:
    """ORS-4 to ORS-7, D-02."""
    assert (parse_value(CERTIFIED[name], text) is not None) == is_accepted


def test_unknown_key_is_not_supported_whatever_the_value() -> None:
    status, values = change_configuration(GENERIC, DEFAULTS, "AuthorizationCacheEnabled", "junk")
    assert (status, values) == (ConfigurationStatus.NOT_SUPPORTED, DEFAULTS)


def test_read_only_key_is_rejected_even_with_its_own_value() -> None:
    """D-04, C-06.1."""
    for spec in GENERIC.specs:
        if spec.is_readonly:
            answer = change_configuration(GENERIC, DEFAULTS, spec.name, spec.default)
            assert answer == (ConfigurationStatus.REJECTED, DEFAULTS)


def test_key_names_are_changed_in_any_letter_case() -> None:
    status, values = change_configuration(GENERIC, DEFAULTS, "CONNECTIONTIMEOUT", "30")
    assert status == ConfigurationStatus.ACCEPTED
    assert values.number("ConnectionTimeOut") == 30


@settings(derandomize=True, database=None, deadline=None)
@given(st.sampled_from([spec for spec in GENERIC.specs if not spec.is_readonly]), st.text())
def test_what_is_stored_is_accepted_again(spec: KeySpec, text: str) -> None:
    once = parse_value(spec, text)
    assert once is None or parse_value(spec, once) == once


# ---- GetConfiguration ----------------------------------------------------------------------------


@pytest.mark.parametrize("payload", [{}, {"key": []}])
def test_no_key_named_reports_all_in_one_message(payload: dict[str, object]) -> None:
    """T 019: the limit of keys is one of the request, not of the answer."""
    answer = get_configuration(CERTIFIED, CERTIFIED.defaults(), payload)
    assert isinstance(answer, dict)
    assert "unknownKey" not in answer
    assert [item["key"] for item in answer["configurationKey"]] == list(GENERIC)
    assert all(isinstance(item["value"], str) for item in answer["configurationKey"])


def test_known_and_unknown_keys() -> None:
    payload = {"key": ["heartbeatinterval", "noSuchKey", "HeartbeatInterval", "noSuchKey"]}
    assert get_configuration(GENERIC, DEFAULTS, payload) == {
        "configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "60"}],
        "unknownKey": ["noSuchKey"],
    }


def test_read_only_is_reported() -> None:
    answer = get_configuration(GENERIC, DEFAULTS, {"key": ["NumberOfConnectors"]})
    assert answer == {
        "configurationKey": [{"key": "NumberOfConnectors", "readonly": True, "value": "1"}]
    }


def test_more_keys_than_the_limit() -> None:
    """D-01, ORS-1."""
    payload = {"key": ["HeartbeatInterval", "ConnectionTimeOut"]}
    answer = get_configuration(CERTIFIED, CERTIFIED.defaults(), payload)
    assert isinstance(answer, TooManyKeys)
    assert answer.error_code == CallErrorCode.OCCURENCE_CONSTRAINT_VIOLATION
    assert not isinstance(get_configuration(GENERIC, DEFAULTS, payload), TooManyKeys)


# ---- station file and journal --------------------------------------------------------------------


def test_factory_values_native_or_text() -> None:
    settings = {
        "HeartbeatInterval": 90,
        "ConnectionTimeOut": "30",
        "LocalPreAuthorize": True,
        "StopTxnSampledData": [REGISTER],
    }
    values, findings = factory_values(GENERIC, settings, "station.toml", {})
    assert findings == ()
    assert values.number("HeartbeatInterval") == 90
    assert values.number("ConnectionTimeOut") == 30
    assert values.flag("LocalPreAuthorize") is True
    assert values.items("StopTxnSampledData") == (REGISTER,)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("HeartbeatInterval", 59, "59 is not accepted; 60 to 100 s"),
        ("HeartbeatInterval", 60.0, "60.0 is not accepted"),
        ("HeartbeatInterval", True, "True is not accepted"),
        ("MeterValueSampleInterval", 5, "0 (off) or 60 to 100 s"),
        ("LocalPreAuthorize", 1, "true or false"),
        ("MeterValuesSampledData", ["Voltage"], f"at most 50 of: {REGISTER}"),
        ("NumberOfConnectors", 2, "fixed by the profile at '1'"),
        ("HeartBeatInterval", 60, "did you mean HeartbeatInterval?"),
        ("Hearbeat", 60, "no configuration key"),
    ],
)
def test_factory_mistakes_are_found(name: str, value: object, words: str) -> None:
    settings = {name: value, "ConnectionTimeOut": 30}
    values, findings = factory_values(CERTIFIED, settings, "station.toml", {name: 7})
    (finding,) = findings
    assert words in str(finding)
    assert str(finding).startswith(f"station.toml:7: {name} ")
    assert values == CERTIFIED.defaults().with_value("ConnectionTimeOut", "30")


def test_restored_values_obey_the_present_profile() -> None:
    kept = (
        ("HeartbeatInterval", "300"),  # ordered by the central system: D-03
        ("MeterValueSampleInterval", "5"),  # accepted by an older profile
        ("ConnectionTimeOut", "30"),
        ("NumberOfConnectors", "2"),
        ("KeyOfAnotherRelease", "1"),
    )
    expected = CERTIFIED.defaults().with_value("HeartbeatInterval", "300")
    expected = expected.with_value("ConnectionTimeOut", "30")
    assert restored_values(CERTIFIED, CERTIFIED.defaults(), kept) == expected
