"""``statecharge certificate``: rows are proved by evidence, and open without."""

from pathlib import Path

import pytest

from cp.profiles import read_profile, texts
from cp.profiles.certificate import Row, read_rows, text
from tools import certificate
from tools.certificate import find, lines, main
from tools.certificate_product import answer
from tools.certificate_proofs import Proof, elements, proofs
from tools.chart_files import read_files

FILES = read_files()
PRODUCT, _ = read_profile("imkev7", texts()["imkev7"])
GENERIC, _ = read_profile("generic", texts()["generic"])
KNOWN = (
    Proof("scenarios/a.txt", "# T 901, X-1: a scenario"),
    Proof("unit/test_b.py::test_b", "X-11 and X-2.1."),
    Proof("unit/test_c.py::test_c", "X-4", is_failing=True),
)


def row(text: str) -> Row:
    (found,) = read_rows(f'["X-1"]\nsection = "S"\nsays = "yes"\n{text}')
    return found


# ---- status --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "status", "missing"),
    [
        ("", "proved", []),
        ('cases = ["901"]', "proved", []),
        ('cite = "X-3"', "open", ["no scenario or test cites X-3"]),
        ('cite = "X-3"\nplanned = "later"', "planned", ["no scenario or test cites X-3"]),
        ('planned = "later"', "proved", []),
        ('cite = "X-4"', "open", ["unit/test_c.py::test_c fails, as it says itself"]),
        ('cases = ["901", "902"]', "open", ["no scenario or test names T 902"]),
        ('has = { "keys.HeartbeatInterval.accepts" = "60 to 100 s" }', "proved", []),
        (
            'has = { "hardware.phases" = "3" }',
            "open",
            ["hardware.phases is to be: 3"],
        ),
    ],
)
def test_status(content: str, status: str, missing: list[str]) -> None:
    found = find(row(content), PRODUCT, FILES, KNOWN)
    assert (found.status, list(found.missing)) == (status, missing)


def test_a_row_shows_everything_about_it() -> None:
    found = find(
        row('has = { "hardware.cable" = "fixed" }\ncases = ["902"]'), PRODUCT, FILES, KNOWN
    )
    assert list(lines(found)) == [
        "X-1                  open     yes",
        "    is       hardware.cable: fixed",
        "    proof    scenarios/a.txt",
        "    missing  no scenario or test names T 902",
    ]


def test_another_product_does_not_have_what_the_certificate_says() -> None:
    content = 'has = { "keys.HeartbeatInterval.accepts" = "60 to 100 s" }'
    found = find(row(content), GENERIC, FILES, KNOWN)
    assert found.answers == ("keys.HeartbeatInterval.accepts: 1 to 86400 s",)
    assert found.status == "open"


@pytest.mark.parametrize("content", ["has = 1", "cases = 'a'", "hass = {}", "says = 'twice'"])
def test_mistakes_in_the_rows_raise(content: str) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        row(content)


# ---- answers of the product ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("keys.HeartbeatInterval", "present"),
        ("keys.AuthorizationCacheEnabled", "absent"),
        ("keys.NumberOfConnectors.access", "R"),
        ("keys.NumberOfConnectors.accepts", "nothing"),
        ("keys.MeterValueSampleInterval.access", "RW"),
        ("keys.MeterValueSampleInterval.default", "60"),
        ("hardware.has_cable_lock", "false"),
        ("calls.ClearCache", "status Rejected"),
        ("calls.ReserveNow", "CALLERROR NotSupported"),
        ("calls.Reset", "decided by charge_point"),
        ("calls.GetConfiguration", "by rule get_configuration"),
    ],
)
def test_answers(path: str, expected: str) -> None:
    assert FILES.routes is not None
    assert answer(path, PRODUCT, FILES.routes) == expected


@pytest.mark.parametrize("path", ["colour", "keys.HeartbeatInterval.color", "hardware.wheels"])
def test_questions_that_make_no_sense(path: str) -> None:
    assert FILES.routes is not None
    with pytest.raises((KeyError, ValueError)):
        answer(path, PRODUCT, FILES.routes)


# ---- evidence ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "is_cited"),
    [
        ("X-1", True),
        ("(X-1, D-02)", True),
        ("X-1.", True),
        ("X-1: yes", True),
        ("X-11", False),
        ("X-1.2", False),
        ("AX-1", False),
        ("X-1_2", False),
    ],
)
def test_an_id_is_cited_as_a_word(words: str, is_cited: bool) -> None:
    assert Proof("p", words).cites("X-1") == is_cited


def test_what_counts_as_a_citation(tmp_path: Path) -> None:
    """The first comment of a scenario; docstring and comments of a test, but not its data."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "s.txt").write_text("# X-1\n# X-2\n")
    (tmp_path / "scenarios" / "bare.txt").write_text("after: X-3\n")
    (tmp_path / "test_t.py").write_text(
        'def test_one():\n    """X-4."""\n    x = "X-5"  # X-6\n\n# X-7\ndef helper():\n    "X-8"\n'
        "@pytest.mark.xfail(strict=True)\ndef test_two():\n    pass\n"
    )
    found = proofs(tmp_path)
    cited = {
        tag: [p.name for p in found if p.cites(tag)] for tag in map("X-{}".format, range(1, 9))
    }
    assert {tag for tag, names in cited.items() if names} == {"X-1", "X-4", "X-6"}
    assert cited["X-4"] == ["test_t.py::test_one"]
    assert [item.name for item in found if item.is_failing] == ["test_t.py::test_two"]


def test_chart_elements_are_found_by_their_requirements() -> None:
    assert "authorization: resting, resting-start_asked-1" in elements(FILES.documents, "C-04")
    assert elements(FILES.documents, "C-0") == ()


# ---- the certificate of this release -------------------------------------------------------------


def test_every_row_is_here_once_and_asks_what_can_be_answered() -> None:
    rows = read_rows(text())
    assert FILES.routes is not None
    ids = {item.id for item in rows}
    assert {f"HFS-{number}" for number in range(1, 11)} <= ids
    assert {f"ORS-{number}" for number in (*range(1, 12), 16)} <= ids
    assert {"C-06.1", "C-09.2", "F-1", "AQ-4", "AQ-7.2", "Core", "response", "remote stop"} <= ids
    for item in rows:
        for path in item.has:
            assert answer(path, PRODUCT, FILES.routes)


def test_no_row_is_open(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0, capsys.readouterr().out
    out = capsys.readouterr().out
    assert out.startswith("== Profiles\nCore ")
    assert out.splitlines()[-1].startswith("imkev7: ")
    assert out.splitlines()[-1].endswith(", 0 open")


def test_an_open_row_is_the_exit_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificate, "proofs", tuple)
    assert main(["--profile", "imkev7"]) == 1
    assert "no scenario or test names T 001" in capsys.readouterr().out


def test_the_other_profile_is_not_certified(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--profile", "generic"]) == 1
    assert "keys.GetConfigurationMaxKeys.default is to be: 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--profil", "imkev7"], "--profile P"),
        (["--profile"], "--profile P"),
        (["--profile", "imkev8"], "did you mean 'imkev7'?"),
    ],
)
def test_mistakes(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert message in capsys.readouterr().err


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "--profile" in capsys.readouterr().out


def test_without_tests_nothing_can_be_proved(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(certificate, "TESTS", tmp_path / "none")
    assert main([]) == 2
    assert "source tree" in capsys.readouterr().err
