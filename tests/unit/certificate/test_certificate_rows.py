"""Rows of the certificate that no scenario shows, on the certified product."""

import pytest
from product_stand import ask, product, read_key, sent

from cp.vocabulary.words import ENERGY_REGISTER

FIFTY_ONE = ",".join("a" * 51)


# ---- profiles that are not claimed ---------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *("AuthorizationCacheEnabled", "MinimumStatusDuration", "LocalAuthListEnabled"),
        *("LocalAuthListMaxLength", "SendLocalListMaxLength", "ReserveConnectorZeroSupported"),
        *("ChargeProfileMaxStackLevel", "ChargingScheduleAllowedChargingRateUnit"),
        *("ChargingScheduleMaxPeriods", "ConnectorSwitch3to1PhaseSupported"),
        *("MaxChargingProfilesInstalled", "SupportedFeatureProfilesMaxLength", "BlinkRepeat"),
        *("LightIntensity", "AuthorizationKey", "SecurityProfile", "CpoName"),
        *("AdditionalRootCertificateCheck", "CertificateStoreMaxLength"),
        "CertificateSignedMaxChainSize",
    ],
)
def test_keys_of_what_is_not_claimed_are_unknown(name: str) -> None:
    """profile Local Auth List, profile Smart Charging, profile Reservation, C-04, C-05."""
    station = product()
    assert ask(station, "GetConfiguration", key=[name]) == {"unknownKey": [name]}
    answer = ask(station, "ChangeConfiguration", key=name, value="true")
    assert answer == {"status": "NotSupported"}


@pytest.mark.parametrize(
    ("action", "answer"),
    [
        ("SendLocalList", {"status": "NotSupported"}),
        ("GetLocalListVersion", {"listVersion": -1}),
        ("SetChargingProfile", "NotSupported"),
        ("ClearChargingProfile", "NotSupported"),
        ("GetCompositeSchedule", "NotSupported"),
        ("ReserveNow", "NotSupported"),
        ("CancelReservation", "NotSupported"),
    ],
)
def test_calls_of_what_is_not_claimed(action: str, answer: object) -> None:
    """profile Local Auth List, profile Smart Charging, profile Reservation (S 5.10, E 5.16)."""
    valid = {"listVersion": 1, "updateType": "Full"} if action == "SendLocalList" else {}
    assert ask(product("charging"), action, **valid) == answer


def test_a_charging_profile_in_a_remote_start_is_passed_over() -> None:
    """profile Smart Charging (S 5.11): the request is otherwise normal."""
    station = product()
    period = {"startPeriod": 0, "limit": 16.0}
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]},
    }
    answer = ask(station, "RemoteStartTransaction", idTag="CARD", chargingProfile=profile)
    assert answer == {"status": "Accepted"}
    station.play("plugged")
    assert len(sent(station, "StartTransaction")) == 1


def test_there_are_no_certificates_to_manage() -> None:
    """AQ-1, AQ-3, F-1: the last one cannot be removed, for there is none."""
    station = product()
    for action in (
        *("DeleteCertificate", "InstallCertificate", "CertificateSigned"),
        *("GetInstalledCertificateIds", "SignedUpdateFirmware", "ExtendedTriggerMessage", "GetLog"),
    ):
        assert ask(station, action) == "NotSupported"


# ---- hardware ------------------------------------------------------------------------------------


def test_what_is_measured_is_the_register_of_one_ac_phase() -> None:
    """HFS-3, HFS-4, HFS-5, HFS-6, HFS-7, C-09.1, C-09.2: no phase, no SoC, nothing of DC."""
    keys = f"StopTxnSampledData={ENERGY_REGISTER} StopTxnAlignedData={ENERGY_REGISTER}"
    station = product("charging", f"{keys} ClockAlignedDataInterval=900")
    ask(station, "TriggerMessage", requestedMessage="MeterValues")
    station.play("wait 1000")
    station.play("unplugged")
    (stop,) = sent(station, "StopTransaction")
    lists = [item["meterValue"] for item in sent(station, "MeterValues")]
    values = [
        value
        for listed in [*lists, stop["transactionData"]]
        for element in listed  # type: ignore[attr-defined]
        for value in element["sampledValue"]
    ]
    assert {value["context"] for value in values} == {
        *("Sample.Periodic", "Sample.Clock", "Trigger", "Transaction.Begin", "Transaction.End")
    }
    for value in values:
        assert set(value) == {"value", "context", "format", "measurand", "location", "unit"}
        assert (value["measurand"], value["unit"]) == (ENERGY_REGISTER, "Wh")


@pytest.mark.parametrize(
    "key",
    [
        "MeterValuesSampledData",
        "MeterValuesAlignedData",
        "StopTxnSampledData",
        "StopTxnAlignedData",
    ],
)
@pytest.mark.parametrize(
    "value", ["SoC", "Voltage", f"{ENERGY_REGISTER},SoC", f"{ENERGY_REGISTER}.L1", FIFTY_ONE]
)
def test_other_measurands_are_rejected(key: str, value: str) -> None:
    """C-09.1, C-09.2, HFS-4, HFS-5, ORS-2, ORS-3, ORS-9, ORS-10: the old value stays."""
    station = product()
    before = read_key(station, key)
    assert ask(station, "ChangeConfiguration", key=key, value=value) == {"status": "Rejected"}
    assert read_key(station, key) == before


def test_there_is_no_phase_to_rotate() -> None:
    """HFS-5, HFS-6, HFS-7."""
    station = product()
    assert read_key(station, "ConnectorPhaseRotation")["value"] == "1.NotApplicable"
    answer = ask(station, "ChangeConfiguration", key="ConnectorPhaseRotation", value="1.RST")
    assert answer == {"status": "Rejected"}


def test_the_station_is_on_ethernet() -> None:
    """HFS-9: no SIM."""
    (boot,) = sent(product(), "BootNotification")
    assert not {"iccid", "imsi"} & set(boot)
    assert set(boot) >= {"chargePointVendor", "chargePointModel", "firmwareVersion"}


def test_one_card_at_a_time() -> None:
    """HFS-10: one reader, one Authorize; a second card meanwhile is passed over."""
    station = product()
    station.play("when Authorize silent")
    station.play("card_presented id_tag=FIRST")
    station.play("card_presented id_tag=SECOND")
    assert sent(station, "Authorize") == [{"idTag": "FIRST"}]
    station.play("answer")
    assert sent(station, "Authorize") == [{"idTag": "FIRST"}]


@pytest.mark.parametrize("connector_id", [-1, 0, 2, 7, 10**20])
def test_only_connector_1_can_be_started(connector_id: int) -> None:
    """HFS-8."""
    station = product()
    answer = ask(station, "RemoteStartTransaction", idTag="CARD", connectorId=connector_id)
    assert answer == {"status": "Rejected"}
    answer = ask(station, "UnlockConnector", connectorId=connector_id)
    assert answer == {"status": "NotSupported"}
    assert {item["connectorId"] for item in sent(station, "StatusNotification")} == {0, 1}


# ---- options -------------------------------------------------------------------------------------


def test_nothing_is_cached() -> None:
    """C-04: the same card is asked for again, and what was learned online does not help offline."""
    station = product()
    assert ask(station, "ClearCache") == {"status": "Rejected"}
    for _ in range(2):
        station.play("card_presented id_tag=CARD")
        station.play("plugged")
        station.play("unplugged")
    assert sent(station, "Authorize") == [{"idTag": "CARD"}] * 2
    station.play("link_closed why=gone")
    station.play("plugged")
    station.play("card_presented id_tag=CARD")
    assert len(sent(station, "StartTransaction")) == 2
    assert station.controller.queue_length() == 0


def test_each_status_is_reported_at_once() -> None:
    """C-05: however short it lasts."""
    station = product()
    for _ in range(3):
        station.play("plugged")
        station.play("unplugged")
    statuses = [item["status"] for item in sent(station, "StatusNotification")]
    assert statuses[-6:] == ["Preparing", "Available"] * 3


def test_the_ev_side_cannot_be_left_out() -> None:
    """C-06.1, D-04."""
    station = product()
    name = "StopTransactionOnEVSideDisconnect"
    assert read_key(station, name) == {"key": name, "readonly": True, "value": "true"}
    for value in ("false", "true"):
        answer = ask(station, "ChangeConfiguration", key=name, value=value)
        assert answer == {"status": "Rejected"}


def test_nothing_is_sent_while_power_fails() -> None:
    """AQ-7.1, AQ-7.2: the first message after a cut is BootNotification, of the next start."""
    station = product("charging")
    station.play("wait 130")
    before = len(station.server.books.arrivals)
    station.play("power off")
    assert len(station.server.books.arrivals) == before
    station.play("power on")
    station.play("inputs_read")
    assert len(station.server.books.arrivals) == before
    station.play("link_opened")
    assert [item.action for item in station.server.books.arrivals][before] == "BootNotification"
    (stop,) = sent(station, "StopTransaction")
    assert stop["reason"] == "PowerLoss"
