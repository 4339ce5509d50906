"""Installing by commands: real processes, their words, limits and ends."""

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from cp.vocabulary.event import Event
from cp.vocabulary.events_jobs import InstallFailed, InstallFinished, SlotRead
from drivers.installer import process
from drivers.installer.backend import InstallError
from drivers.installer.build import build_installer, installer_mistakes
from drivers.installer.config import Commands, InstallerConfig
from drivers.installer.process import ENVIRONMENT, Ended, run_command

SCRIPT = """#!/bin/sh
echo "$@" >> log
case "$1" in
 slot) cat running;;
 install) head -c 4 "$2" | grep -q good || { echo "this is no image" >&2; exit 3; }
  echo "0%"; echo " 57 % written"; echo "installed B 2.0";;
 fails) echo "disk is broken" >&2; exit 1;;
esac
"""


def commands(tmp_path: Path, **other: str) -> Commands:
    script = tmp_path / "update"
    script.write_text(SCRIPT.replace("#!/bin/sh\n", f"#!/bin/sh\ncd {tmp_path}\n"))
    script.chmod(0o755)
    (tmp_path / "running").write_text("A\n")
    words = {
        "install": "install {image}",
        "slot": "slot",
        "activate": "next {slot}",
        "mark_good": "good {slot}",
        "revert": "back {slot}",
    }
    filled = {name: (str(script), *text.split()) for name, text in (words | other).items()}
    return Commands(**filled)


def update(tmp_path: Path, image: bytes, **other: str) -> list[Event]:
    """Install, activate, mark good, revert; what was posted."""
    (tmp_path / "an image").write_bytes(image)

    async def run() -> list[Event]:
        config = InstallerConfig(tmp_path, "command", commands=commands(tmp_path, **other))
        installer = build_installer(config, tmp_path / "an image")
        events: list[Event] = []
        await installer.start(events.append)
        installer.install(1)
        installer.activate(1, "B")
        installer.mark_good("B")
        installer.revert("A")
        while installer._orders:
            await asyncio.wait(installer._orders)
        await installer.stop()
        return events

    return asyncio.run(run())


def test_an_update(tmp_path: Path) -> None:
    events = update(tmp_path, b"good")
    assert events == [SlotRead("A", is_on_trial=True), InstallFinished(1, "A", "B", "2.0")]
    log = (tmp_path / "log").read_text().splitlines()
    expected = [f"install {tmp_path}/an image", "next B", "good B", "back A"]
    assert [line for line in log if line != "slot"] == expected


@pytest.mark.parametrize(
    ("image", "other", "why"),
    [
        (b"bad", {}, "update ended with 3: this is no image"),
        (b"good", {"install": "slot"}, "did not say which other slot and version it installed"),
        (b"good", {"slot": "nothing"}, "did not print the name of a slot"),
        (b"good", {"slot": "fails"}, "update ended with 1: disk is broken"),
    ],
)
def test_failures(tmp_path: Path, image: bytes, other: dict[str, str], why: str) -> None:
    failed = update(tmp_path, image, **other)[1]
    assert isinstance(failed, InstallFailed) and failed.why.endswith(why)


def test_the_slot_that_runs_is_not_installed_to(tmp_path: Path) -> None:
    whole = commands(tmp_path)
    (tmp_path / "running").write_text("B\n")
    (tmp_path / "i").write_bytes(b"good")
    installer = build_installer(InstallerConfig(tmp_path, "command", commands=whole), tmp_path)
    with pytest.raises(InstallError, match="other slot"):
        asyncio.run(installer._slots.install(tmp_path / "i", lambda _percent: None))


# ---- processes -----------------------------------------------------------------------------------


def ran(*words: str, within_s: float = 20.0) -> tuple[Ended, list[int]]:
    percents: list[int] = []
    ended = asyncio.run(run_command(words, within_s=within_s, tell=percents.append))
    return ended, percents


def python(code: str, within_s: float = 20.0) -> tuple[Ended, list[int]]:
    return ran(sys.executable, "-c", code, within_s=within_s)


def test_no_shell_reads_the_words(tmp_path: Path) -> None:
    nasty = f"$(touch {tmp_path}/x); `touch {tmp_path}/x` | > {tmp_path}/x"
    ended, _ = ran("/bin/echo", nasty)
    assert ended.output == f"{nasty}\n"
    assert list(tmp_path.iterdir()) == []


def test_the_environment_is_minimal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "x")
    ended, _ = ran("/usr/bin/env")
    assert dict(line.split("=", 1) for line in ended.output.splitlines()) == ENVIRONMENT


def test_percentages_are_told_even_when_cut() -> None:
    code = (
        "import sys, time\n"
        "for part in ('5', '%', '\\r10', '0 %', ' 345% ', '7.5% x'):\n"
        "    sys.stdout.write(part); sys.stdout.flush(); time.sleep(0.02)\n"
    )
    assert python(code)[1] == [5, 100, 7]


def test_output_is_bounded_and_words_are_clean() -> None:
    ended, _ = python(
        "import sys; print('x' * 300000); print('\\x1b[31m' + 'y' * 999); sys.exit(4)"
    )
    assert len(ended.output) <= 64 * 1024
    with pytest.raises(InstallError) as caught:
        ended.succeeded()
    words = str(caught.value).partition(": ")[2]
    assert words.startswith("?[31myyy") and len(words) == 200


def test_what_does_not_end_is_ended_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_GRACE_S", 0.1)
    code = (
        "import os, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        f"open({str(tmp_path / 'pids')!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "time.sleep(60)\n"
    )
    begin = time.monotonic()
    with pytest.raises(InstallError, match=r"did not end within 0\.5 s"):
        python(code, within_s=0.5)
    assert time.monotonic() - begin < 15
    pids = [int(word) for word in (tmp_path / "pids").read_text().split()]
    while any(map(_lives, pids)):  # who is killed ends a moment later
        assert time.monotonic() - begin < 15
        time.sleep(0.01)


def _lives(pid: int) -> bool:
    """A process that ended but was not waited for is dead, too."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.mark.parametrize("word", ["/no/such/command", "/etc/passwd", "a\x00b"])
def test_what_cannot_be_started_says_so(word: str) -> None:
    with pytest.raises(InstallError, match="cannot be started"):
        ran(word)


# ---- the station file ----------------------------------------------------------------------------


def test_mistakes_of_an_installer(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("none")
    configs = {
        "folders": InstallerConfig(tmp_path, public_key_file=tmp_path / "key"),
        "rauc": InstallerConfig(tmp_path, "rauc", rauc=("no-such-rauc",)),
        "command": InstallerConfig(tmp_path, "command", commands=Commands(*[("sh",)] * 4, ("x-",))),
        "fine": InstallerConfig(tmp_path),
    }
    said = {name: [str(f) for f in installer_mistakes(config)] for name, config in configs.items()}
    missing = "the installer's command is not there: install it"
    assert said == {
        "folders": [f"{tmp_path}/key: holds no public key: statecharge firmware key makes one"],
        "rauc": [f"no-such-rauc: {missing}"],
        "command": [f"x-: {missing}"],
        "fine": [],
    }
    with pytest.raises(ValueError, match="needs its commands"):
        build_installer(InstallerConfig(tmp_path, "command"), tmp_path)
