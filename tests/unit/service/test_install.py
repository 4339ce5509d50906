"""``statecharge install`` into a folder: what is written, what is left alone, how tight it is."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from cp.vocabulary.errors import SettingsError
from tools.service import install as module
from tools.service.install import SAMPLE, Arguments, install, main, program_of, settings_of
from tools.service.unit import Place, files_of, unit

STATION = "/etc/statecharge/station.toml"
UNIT = "etc/systemd/system/statecharge.service"
LEAST = '[station]\nid = "X"\n[csms]\nurl = "ws://127.0.0.1:1/ocpp"\n'
PLACE = Place("/opt/statecharge/bin/statecharge", STATION, "statecharge")


@pytest.fixture(autouse=True)
def python(monkeypatch: pytest.MonkeyPatch) -> None:
    """The project may lie where a service sees nothing; a station's program does not."""
    monkeypatch.setattr("sys.executable", "/opt/statecharge/bin/python")


def run(root: Path, *words: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert main(["--root", str(root), *words]) == 0
    return capsys.readouterr().out.splitlines()


def snapshot(root: Path) -> dict[str, tuple[str, int]]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(file): (file.read_text(), file.stat().st_mtime_ns) for file in files}


def test_everything_is_written_and_a_second_run_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = run(tmp_path, capsys=capsys)
    before = snapshot(tmp_path)
    assert {str(Path(name).relative_to(tmp_path)) for name in before} == {
        "etc/statecharge/station.toml",
        UNIT,
        "etc/sysusers.d/statecharge.conf",
        "etc/tmpfiles.d/statecharge.conf",
        "etc/udev/rules.d/60-statecharge.rules",
    }
    assert [line.split()[0] for line in lines[:5]] == ["wrote"] * 5
    assert lines[5] == "next:"
    assert lines[-1].endswith(f"systemctl --root={tmp_path} enable statecharge")
    again = run(tmp_path, capsys=capsys)
    assert snapshot(tmp_path) == before
    assert [line.split()[0] for line in again[:5]] == ["kept"] + ["unchanged"] * 4
    assert any(f"doctor {STATION}" in line for line in again)


def test_a_dry_run_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(tmp_path, "--dry-run", capsys=capsys)
    assert list(tmp_path.iterdir()) == []
    assert [line for line in lines if line.startswith("would write")] == lines[:-1]
    assert lines[-1] == "nothing was changed"


def test_a_station_file_is_kept_and_obeyed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "srv/own.toml"
    file.parent.mkdir()
    file.write_text(LEAST + '[storage]\ndir = "data"\n')
    run(tmp_path, "--station", "/srv/own.toml", "--user", "evse", capsys=capsys)
    assert file.read_text() == LEAST + '[storage]\ndir = "data"\n'
    text = (tmp_path / UNIT).read_text()
    assert f"ExecStart={program_of()} run /srv/own.toml --no-panel\n" in text
    assert f"ExecStopPost={program_of()} release /srv/own.toml\n" in text
    assert "\nUser=evse\n" in text
    assert "\nReadWritePaths=/srv/data\n" in text
    assert "StateDirectory" not in text
    assert "DeviceAllow" not in text, "a bench has no devices"
    conf = (tmp_path / "etc/tmpfiles.d/statecharge.conf").read_text()
    assert conf == "d /srv/data 0700 evse evse -\n"


def test_devices_are_those_of_the_station_file() -> None:
    text = unit(settings_of(SAMPLE.read_text(), STATION), PLACE)
    allowed = re.findall(r"^DeviceAllow=(.*)$", text, re.M)
    assert allowed == ["char-gpiochip rw", "char-ttyACM rw", "char-ttyUSB rw"]
    assert "\nReadWritePaths=-/sys/devices" in text
    assert "\nStateDirectory=statecharge\nStateDirectoryMode=0700\n" in text
    assert "\nDevicePolicy=closed\n" in text
    reader = '[drivers]\nset = "bench"\ncard_reader = "keyboard"\n[card_reader]\ndevice = "{}"\n'
    for device, expected in (
        ("/dev/input/event3", ["char-input r"]),
        ("/dev/ttyS1", ["char-ttyS rw"]),
        ("/dev/ttyAMA0", ["char-ttyAMA rw"]),
        ("/dev/ttyUSB0", ["char-ttyUSB rw"]),
        ("/dev/meter", ["char-ttyACM rw", "char-ttyAMA rw", "char-ttyS rw", "char-ttyUSB rw"]),
    ):
        text = unit(settings_of(LEAST + reader.format(device), STATION), PLACE)
        assert re.findall(r"^DeviceAllow=(.*)$", text, re.M) == expected


def test_the_pwm_that_is_there_may_be_written_alone(tmp_path: Path) -> None:
    chip = tmp_path / "soc/fe20c000.pwm/pwm/pwmchip0"
    chip.mkdir(parents=True)
    (tmp_path / "class").symlink_to(chip)
    sample = SAMPLE.read_text().replace("/sys/class/pwm/pwmchip0", str(tmp_path / "cl*"))
    text = unit(settings_of(sample, STATION), PLACE)
    assert f"\nReadWritePaths=-{chip.parent}\n" in text


def test_a_board_that_restarts_gets_a_rule_and_loses_it_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = tmp_path / "etc/polkit-1/rules.d/60-statecharge.rules"
    file = tmp_path / "etc/statecharge/station.toml"
    file.parent.mkdir(parents=True)
    file.write_text(LEAST + '[drivers]\nset = "bench"\nrestarter = "board"\n')
    run(tmp_path, capsys=capsys)
    assert 'subject.user == "statecharge"' in rule.read_text()
    file.write_text(LEAST)
    assert f"removed    {rule}" in run(tmp_path, capsys=capsys)
    assert not rule.exists()


# ---- how tight the service is --------------------------------------------------------------------


def exposure(file: Path) -> float:
    done = subprocess.run(
        ("systemd-analyze", "security", "--offline=true", str(file)),
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"Overall exposure level for .*: ([\d.]+)", done.stdout)
    assert found is not None, done
    return float(found[1])


def test_exposure(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed: apt install systemd")
    file = tmp_path / "statecharge.service"
    text = unit(settings_of(SAMPLE.read_text(), STATION), PLACE)
    file.write_text(text)
    assert exposure(file) <= 2.0
    bare = tmp_path / "bare.service"
    bare.write_text("[Service]\nExecStart=/bin/true\n")
    assert exposure(bare) > 9.0


def test_what_keeps_it_alive_and_what_does_not() -> None:
    text = unit(settings_of(SAMPLE.read_text(), STATION), PLACE)
    for line in (
        "Type=notify",
        "WatchdogSec=10",
        "Restart=always",
        "RestartSec=1",
        "StartLimitIntervalSec=0",
        "RestartPreventExitStatus=2",
        "CapabilityBoundingSet=",
        "MemoryDenyWriteExecute=yes",
        "SystemCallFilter=~@privileged @resources",
        "SupplementaryGroups=gpio dialout input",
    ):
        assert f"\n{line}\n" in text
    assert "$" not in text
    readme = (Path(__file__).parents[3] / "README.md").read_text()
    exceptions = re.findall(r"^RestartPreventExitStatus=(.+)$", text, re.M)
    assert re.findall(r"starts the process\s+again after all but (\d+)", readme) == exceptions


# ---- this machine --------------------------------------------------------------------------------


def test_on_this_machine_the_files_take_effect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the real root's paths below a folder, and commands that are noted instead of run."""
    monkeypatch.setattr(module, "_in", lambda _root, path: tmp_path / path.lstrip("/"))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    ran: list[Sequence[str]] = []
    said: list[str] = []

    def fail_once(command: Sequence[str]) -> bool:
        ran.append(command)
        return command[0] != "udevadm"

    code = install(
        Arguments(Path("/"), "statecharge", STATION, is_dry=False), said.append, fail_once
    )
    assert code == 1
    assert [command[0] for command in ran] == [
        "systemd-sysusers",
        "systemd-tmpfiles",
        "udevadm",
        "udevadm",
        "systemctl",
    ]
    assert sum(line.startswith("failed") for line in said) == 2
    assert said[-1].endswith("systemctl enable --now statecharge")


def test_the_lines_for_users_are_understood(tmp_path: Path) -> None:
    program = shutil.which("systemd-sysusers")
    if program is None:
        pytest.skip("systemd-sysusers is not installed: apt install systemd")
    settings = settings_of(SAMPLE.read_text(), STATION)
    text = files_of(settings, PLACE)["/etc/sysusers.d/statecharge.conf"]
    assert text is not None
    (tmp_path / "etc").mkdir()
    file = tmp_path / "users.conf"
    file.write_text(text)
    subprocess.run((program, f"--root={tmp_path}", str(file)), check=True, capture_output=True)
    users = (tmp_path / "etc/passwd").read_text()
    groups = (tmp_path / "etc/group").read_text()
    assert re.search(r"^statecharge:.*:/var/lib/statecharge:/usr/sbin/nologin$", users, re.M)
    for group in ("gpio", "dialout", "input"):
        assert re.search(rf"^{group}:.*:statecharge$", groups, re.M)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--user", "root"), "--user: 'root' is no name"),
        (("--user", "a b"), "--user: 'a b' is no name"),
        (("--station", "/a b.toml"), "--station: a unit cannot name /a b.toml"),
    ],
)
def test_mistakes_of_the_words(tmp_path: Path, words: tuple[str, ...], expected: str) -> None:
    with pytest.raises(SettingsError) as caught:
        main(["--root", str(tmp_path), *words])
    assert str(caught.value).startswith(expected)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_station_file_is_named_before_anything_is_written(tmp_path: Path) -> None:
    file = tmp_path / "etc/statecharge/station.toml"
    file.parent.mkdir(parents=True)
    file.write_text(LEAST.replace("id", "di"))
    with pytest.raises(SettingsError, match=r"station\.toml:2: unknown key 'di'"):
        main(["--root", str(tmp_path)])
    assert not (tmp_path / UNIT).exists()


def test_a_program_that_the_service_cannot_see(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/home/me/venv/bin/python")
    with pytest.raises(SettingsError, match="the service cannot see it: ") as caught:
        program_of()
    mend = str(caught.value).partition("see it: ")[2]
    readme = (Path(__file__).parents[3] / "README.md").read_text()
    assert all(command in readme for command in re.split(" && |, then ", mend)), mend
    extras = re.findall(r"\.\[([\w,]+)\]", mend)[0].split(",")
    pyproject = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    assert set(extras) <= pyproject["project"]["optional-dependencies"].keys()
    monkeypatch.setattr("sys.executable", "/image/opt/sc/bin/python")
    assert program_of(Path("/image")) == "/opt/sc/bin/python -m cp"
