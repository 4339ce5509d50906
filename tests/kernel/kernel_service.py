"""The installed unit under a real systemd: start, crash, hang, stop, and the coil each time.

Theory of operation: the tests are a service of the kernel's systemd and may do what root may. They
set a station up as on a real machine, below /opt, with ``statecharge install``, and put their own
site around it: the chip, the meter, the reader and the central system.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gpio_boards import SimBoard
from site_of_station import Site, until

pytestmark = pytest.mark.boot("systemd")

TREE = Path(__file__).parents[2]
HOME = Path("/opt/statecharge")
UNIT = "statecharge.service"
STATION = Path("/etc/statecharge/station.toml")
WATCHDOG_S = 5.0
DROP_IN = f"""\
[Service]
WatchdogSec={WATCHDOG_S}
# A shared library of the tester's Python would be sought where it was installed.
Environment=LD_LIBRARY_PATH=/opt/python/lib
"""
Record = Callable[[str, object], None]


@pytest.fixture(scope="module", autouse=True)
def booted_s() -> float:
    """Seconds from the start of the kernel to the first test."""
    return time.monotonic()


def run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


def shown(name: str) -> str:
    return run("systemctl", "show", "--value", "-p", name, UNIT).strip()


def journal() -> str:
    return run("journalctl", "-u", UNIT, "-n", "30", "--no-pager", "-o", "cat")


@pytest.fixture(scope="module")
def program() -> str:
    """``statecharge`` below /opt, where a hardened service sees it: the tester's Python and this
    tree, under other names."""
    python, tree = Path("/opt/python"), Path("/opt/tree")
    for source, target in ((Path(sys.base_prefix), python), (TREE, tree)):
        target.mkdir(parents=True)
        run("mount", "--bind", str(source), str(target))
    executable = python / Path(sys.executable).resolve().relative_to(sys.base_prefix)
    run(str(executable), "-m", "venv", "--without-pip", str(HOME))
    (packages,) = HOME.glob("lib/python*/site-packages")
    theirs = next(Path(path) for path in sys.path if path.endswith("site-packages"))
    paths = [str(tree), theirs]
    if theirs.is_relative_to(TREE):
        paths[1] = str(tree / theirs.relative_to(TREE))
    (packages / "tree.pth").write_text("\n".join(map(str, paths)))
    script = HOME / "bin" / "statecharge"
    script.write_text(
        f"#!{HOME}/bin/python\nimport sys\nfrom cp.__main__ import main\nsys.exit(main())\n"
    )
    script.chmod(0o755)
    return str(script)


class Stage:
    """An installed station that was never started, its site, and the loop that they live in."""

    def __init__(self, site: Site, runner: asyncio.Runner) -> None:
        self.site = site
        self.play = runner.run

    async def systemctl(self, *words: str) -> None:
        await asyncio.to_thread(run, "systemctl", *words, UNIT)

    async def charge(self, card: str) -> int:
        """Energy flows; the number of the last message."""
        await self.site.charge(card, self.site.last)
        return self.site.last

    async def leave(self, after: int) -> None:
        """The EV is gone and the next may come."""
        self.site.show("A")
        await self.site.heard("StatusNotification", after=after, connectorId=1, status="Available")


@pytest.fixture(scope="module")
def stage(program: str) -> Iterator[Stage]:
    folder = Path("/srv/site")  # not /dev/shm: RemoveIPC empties that
    folder.mkdir()
    STATION.parent.mkdir()
    chip = SimBoard()
    with asyncio.Runner() as runner:
        site = Site(folder, chip, STATION, storage="/var/lib/statecharge")
        runner.run(site.__aenter__())
        drop_in = Path("/run/systemd/system") / f"{UNIT}.d"
        drop_in.mkdir(parents=True)
        (drop_in / "test.conf").write_text(DROP_IN)
        run(program, "install")
        run("chown", "-R", "statecharge", str(folder))
        yield Stage(site, runner)
        run("systemctl", "stop", UNIT)
        runner.run(site.__aexit__())
    chip.close()


def test_a_second_install_changes_nothing(stage: Stage, program: str) -> None:
    said = run(program, "install").splitlines()
    assert "unchanged" in said[1] and not any(line.startswith("wrote") for line in said), said


def test_it_is_started_and_says_hello(
    stage: Stage, booted_s: float, record_property: Record
) -> None:
    record_property("kernel, systemd and pytest up after", f"{booted_s:.1f} s")

    async def play() -> None:
        await stage.systemctl("enable")
        begun_s = time.monotonic()
        starting = asyncio.create_task(stage.systemctl("start"))
        await stage.site.heard("BootNotification")
        heard_s = time.monotonic() - begun_s
        await starting
        ready_s = time.monotonic() - begun_s
        words = f"BootNotification after {heard_s:.1f} s, ready after {ready_s:.1f} s"
        record_property("unit started", words)
        await stage.site.heard("StatusNotification", connectorId=1, status="Available")
        assert shown("StatusText").startswith("Available, online, Accepted")
        assert shown("User") == "statecharge"

    stage.play(play())


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL], ids=["segv", "kill"])
def test_a_crash_opens_and_the_service_is_back(
    stage: Stage, number: signal.Signals, record_property: Record
) -> None:
    async def play() -> None:
        restarts = int(shown("NRestarts"))
        after = await stage.charge(f"04A1B2C3{number:02X}")
        os.kill(int(shown("MainPID")), number)
        open_s = await until(lambda: not stage.site.is_closed())
        record_property(f"{number.name} to coil low", f"{open_s * 1e3:.0f} ms")
        assert open_s < 0.5
        await stage.site.heard("BootNotification", after=after)
        assert int(shown("NRestarts")) == restarts + 1
        await stage.site.heard("StopTransaction", after=after)
        assert "status=1/FAILURE" not in journal(), (
            "what opens the contactor afterward found nothing amiss"
        )
        await stage.leave(after)

    stage.play(play())


def test_a_process_that_hangs_is_ended_by_the_watchdog(
    stage: Stage, record_property: Record
) -> None:
    """All of its threads stand still, that of the hold too."""

    async def play() -> None:
        restarts = int(shown("NRestarts"))
        after = await stage.charge("04A1B2C3FF")
        os.kill(int(shown("MainPID")), signal.SIGSTOP)
        await asyncio.sleep(0.5)
        assert stage.site.is_closed(), "nobody else opens it: the control"
        open_s = 0.5 + await until(lambda: not stage.site.is_closed())
        record_property(f"hang to coil low, WatchdogSec={WATCHDOG_S}", f"{open_s * 1e3:.0f} ms")
        assert open_s < WATCHDOG_S + 0.5
        await stage.site.heard("BootNotification", after=after)
        assert int(shown("NRestarts")) == restarts + 1
        assert "atchdog timeout" in journal()
        await stage.site.heard("StopTransaction", after=after)
        await stage.leave(after)

    stage.play(play())


def test_an_ordered_stop_opens_and_stays_stopped(stage: Stage) -> None:
    async def play() -> None:
        restarts = int(shown("NRestarts"))
        await stage.charge("04A1B2C3AA")
        await stage.systemctl("stop")
        assert not stage.site.is_closed()
        assert (shown("Result"), shown("ExecMainStatus")) == ("success", "0")
        assert int(shown("NRestarts")) == restarts
        after = stage.site.last
        stage.site.show("A")
        await stage.systemctl("start")
        await stage.site.heard("StatusNotification", after=after, connectorId=1, status="Available")

    stage.play(play())


def test_a_mistake_in_the_station_file_is_no_reason_to_try_again(stage: Stage) -> None:
    text = STATION.read_text()
    STATION.write_text(text.replace("[meter]", "[metre]"))
    subprocess.run(["systemctl", "restart", UNIT], check=False, capture_output=True)
    time.sleep(1.5)
    assert (shown("ActiveState"), shown("ExecMainStatus")) == ("failed", "2")
    assert "metre" in journal()
    STATION.write_text(text)
