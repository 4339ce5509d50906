"""Our words are those of the ``ocpp`` package; what it has beyond 1.6 is named here."""

from enum import StrEnum

import ocpp.v16.enums as public
import pytest

from cp.vocabulary import words

LEFT_OUT = {
    # Words of the security white paper, which is not in this product.
    "FirmwareStatus": {
        "DownloadScheduled",
        "DownloadPaused",
        "InstallRebooting",
        "InstallScheduled",
        "InstallVerificationFailed",
        "InvalidSignature",
        "SignatureVerified",
    },
    "MessageTrigger": {"LogStatusNotification", "SignChargePointCertificate"},
}

OURS = {
    name: kind
    for name, kind in vars(words).items()
    if isinstance(kind, type) and issubclass(kind, StrEnum) and kind is not StrEnum
}


@pytest.mark.parametrize("name", sorted(OURS.keys() - {"CallErrorCode"}))
def test_words_are_those_of_the_package(name: str) -> None:
    theirs = {item.value for item in getattr(public, name)}
    assert {str(item) for item in OURS[name]} == theirs - LEFT_OUT.get(name, set())


def test_call_error_codes_are_spelled_as_in_1_6() -> None:
    """J 4.2.3, JE 5: one r in Occurence, and Formation where the package says Format."""
    assert {str(code) for code in words.CallErrorCode} == {
        "NotImplemented",
        "NotSupported",
        "InternalError",
        "ProtocolError",
        "SecurityError",
        "FormationViolation",
        "PropertyConstraintViolation",
        "OccurenceConstraintViolation",
        "TypeConstraintViolation",
        "GenericError",
    }


def test_the_measurand_exists() -> None:
    assert words.ENERGY_REGISTER in {item.value for item in public.Measurand}
