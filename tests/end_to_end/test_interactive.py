"""The demonstration with keys: a real terminal, a real station, a person's key presses."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cp.command_line import ToolArguments, parse

ROOT = Path(__file__).parent.parent.parent
COMMAND = [sys.executable, "-m", "cp", "demo", "--interactive"]
WITHIN_S = 10.0
ROWS, COLUMNS = 24, 80
HOME = "\x1b[H"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Terminal:
    """A pseudo-terminal of 80 x 24 with the command on it."""

    def __init__(self, folder: Path) -> None:
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.output = ""
        self.process = subprocess.Popen(
            COMMAND,
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            cwd=folder,
            env=environment(),
            start_new_session=True,
        )

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def screen(self) -> list[str]:
        """The last complete frame; each is drawn over the one before, from the upper left."""
        frames = [ESCAPES.sub("", frame).splitlines() for frame in self.output.split(HOME)]
        whole = [frame for frame in frames if len(frame) >= ROWS]
        return whole[-1][:ROWS] if whole else []

    def read(self) -> bool:
        """What comes within a moment; False at the end."""
        if select.select([self.master], [], [], 0.1)[0]:
            try:
                self.output += os.read(self.master, 65536).decode()
            except OSError:
                return False
        return True

    def until(self, pattern: str) -> list[str]:
        """Read until a frame shows this."""
        until_s = time.monotonic() + WITHIN_S
        while not re.search(pattern, "\n".join(self.screen())):
            assert time.monotonic() < until_s, f"no {pattern!r} in\n" + "\n".join(self.screen())
            self.read()
        return self.screen()

    def ended(self) -> int:
        until_s = time.monotonic() + WITHIN_S
        while self.process.poll() is None:
            assert time.monotonic() < until_s, "it does not end"
            self.read()
        while select.select([self.master], [], [], 0)[0] and self.read():
            pass
        return self.process.wait()

    def text(self) -> str:
        """Everything that was written, without colors."""
        return ESCAPES.sub("", self.output).replace("\r", "")


def environment() -> dict[str, str]:
    plain = {name: text for name, text in os.environ.items() if name not in ("COLUMNS", "LINES")}
    return {**plain, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}


@contextmanager
def session(folder: Path) -> Iterator[Terminal]:
    terminal = Terminal(folder)
    try:
        yield terminal
        assert stations_in(folder) == []
    finally:
        if terminal.process.poll() is None:
            os.killpg(terminal.process.pid, signal.SIGKILL)
            terminal.process.wait()
        os.close(terminal.master)
        os.close(terminal.slave)


def stations_in(folder: Path) -> list[str]:
    """Processes that still work there."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder:
                found.append(process.name)
        except OSError:
            continue
    return found


def test_a_visit_with_a_power_cut_in_it(tmp_path: Path) -> None:
    with session(tmp_path) as terminal:
        terminal.until("connector 1 +Available")
        terminal.press("\x1b[C")  # a cursor key is no card
        terminal.press("P")
        terminal.until("connector 1 +Preparing")
        terminal.press("c")
        frame = terminal.until("connector 1 +Charging(.|\n)*7360 W +[1-9]\\d* Wh")
        assert len(frame) == ROWS
        assert {len(line) for line in frame} == {COLUMNS}
        for part in (
            "online  registration Accepted  queue 0",
            "pilot C  contactor closed",
            "transaction > offering > charging",
            "bench            EV asking",
            "-> StatusNotification connectorId=1 status=Charging",
            "p plug u unplug c o card e EV f fault x E-stop n net k power h help q quit ",
        ):
            assert part in "\n".join(frame)
        assert "…" not in "\n".join(frame)
        terminal.press("k")
        terminal.until("power +off")
        terminal.press("u")
        terminal.until("power +off\\b(.|\n)*bench +no EV")
        terminal.until("connector 1 +Available")
        terminal.press("q")
        assert terminal.ended() == 0, terminal.text()
        assert termios.tcgetattr(terminal.slave) == terminal.before
        text = terminal.text()
        assert "reason            PowerLoss                   PowerLoss" in text
        assert "The books agree, Wh for Wh." in text
        assert "\x1b[?1049l" in terminal.output  # the screen before is back


def test_faults_and_what_waits_for_the_network(tmp_path: Path) -> None:
    with session(tmp_path) as terminal:
        terminal.until("connector 1 +Available")
        terminal.press("?")
        terminal.until("p  plug in an EV(.|\n)*q  end, and compare the books")
        terminal.press("h")
        terminal.until("status=Available")
        terminal.press("pc")
        terminal.until("connector 1 +Charging")
        terminal.press("e")
        terminal.until("connector 1 +SuspendedEV\\b")
        terminal.press("e")
        terminal.until("connector 1 +Charging")
        terminal.press("o")
        terminal.until("presents card 04E5F60718")
        terminal.press("n")
        terminal.until("link +backing_off(.|\n)*bench +EV asking, network down")
        terminal.press("fx")
        terminal.until("connector 1 +Faulted(.|\n)*, ground fault, emergency stop, network down *│")
        terminal.press("\x03")
        assert terminal.ended() == 0, terminal.text()
        assert termios.tcgetattr(terminal.slave) == terminal.before
        text = terminal.text()
        assert "EmergencyStop               -" in text
        assert "Messages that still wait in the station for the network: 1\n" in text


def test_a_signal_ends_it_in_order(tmp_path: Path) -> None:
    with session(tmp_path) as terminal:
        terminal.until("connector 1 +Available")
        assert termios.tcgetattr(terminal.slave) != terminal.before
        terminal.process.terminate()
        assert terminal.ended() == 0, terminal.text()
        assert termios.tcgetattr(terminal.slave) == terminal.before
        assert "No transaction was begun." in terminal.text()


def test_a_station_that_dies_gives_the_terminal_back(tmp_path: Path) -> None:
    with session(tmp_path) as terminal:
        terminal.until("connector 1 +Available")
        (station,) = set(stations_in(tmp_path)) - {str(terminal.process.pid)}
        os.kill(int(station), signal.SIGKILL)
        assert terminal.ended() == 1
        assert termios.tcgetattr(terminal.slave) == terminal.before
        assert "the session was given up: the station ended" in terminal.text()


def test_a_terminal_that_goes_takes_the_station_along(tmp_path: Path) -> None:
    with session(tmp_path) as terminal:
        terminal.until("connector 1 +Available")
        terminal.process.send_signal(signal.SIGHUP)
        assert terminal.ended() == 1
        assert termios.tcgetattr(terminal.slave) == terminal.before


def test_without_a_terminal_one_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        COMMAND, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env=environment(),
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "statecharge demo --interactive: needs a terminal for keys and screen;"
        " without --interactive none is needed\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_knows_it() -> None:
    assert parse(["demo", "--interactive"]) == ToolArguments("tools.net.interactive", ())
