"""Tests that run in a test kernel, each shown as a test of its own.

    pytest -p tools.kernel.pytest_plugin -o python_files='kernel_*.py' tests/kernel

Theory of operation: the same pytest plays on both sides. On the tester's side every test is
collected as usual; instead of running it, its kernel is started when the first test of that kernel
is due, with the list of all of them, and what the guest reports is passed on as if it had happened
here. The mark ``boot`` says in which kernel: ``devices``, which is meant without a mark, has pytest
as its first program; ``systemd`` has systemd, which runs pytest as a service; ``host`` is none at
all. Where no kernel can be built, all are skipped, with the reason.

The guest of ``devices`` has a disk with ext4 where the tester has e2fsprogs. A test may record
properties: they are printed at the end, as figures.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from tools.kernel import guest
from tools.kernel.build import ready_kernel
from tools.kernel.machine import Machine
from tools.kernel.recipe import KernelError

_REPORTS: Final = "reports"
_OPTION: Final = "--kernel-reports"
_ROUNDS: Final = "--kernel-rounds"
_DISK_BYTES: Final = 64 * 1024**2
_LONGEST_S: Final = 900.0


def pytest_addoption(parser: pytest.Parser) -> None:
    """The guest's side is told where its reports go."""
    parser.addoption(_OPTION, default="", help="used in the test kernel: file of the reports")
    parser.addoption(_ROUNDS, default=5, type=int, help="how often a time is measured")


def pytest_configure(config: pytest.Config) -> None:
    """Which side this is."""
    config.addinivalue_line("markers", "boot(kernel): devices, systemd or host")
    reports = config.getoption(_OPTION)
    side = GuestSide(config, Path(reports)) if reports else HostSide(config)
    config.pluginmanager.register(side)


class GuestSide:
    """Writes every report to the exchange."""

    def __init__(self, config: pytest.Config, file: Path) -> None:
        self._config = config
        self._stream = file.open("a")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One line of JSON for each report, at once."""
        hook = self._config.hook
        data = hook.pytest_report_to_serializable(config=self._config, report=report)
        print(json.dumps(data), file=self._stream, flush=True)


class HostSide:
    """Starts kernels, and passes on what their tests report."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._kernel: Path | None = None
        self._guests: dict[str, _Guest] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Get the kernel ready; without one every test is skipped."""
        capture = self._config.pluginmanager.getplugin("capturemanager")
        try:
            if items and not self._config.option.collectonly:
                with capture.global_and_fixture_disabled():
                    self._kernel = ready_kernel()
        except KernelError as error:
            for item in items:
                item.add_marker(pytest.mark.skip(reason=f"no test kernel: {error}"))
        if not (guest.SYSTEMD.exists() and shutil.which("udevadm")):
            for item in items:
                if boot_of(item) == "systemd":
                    item.add_marker(pytest.mark.skip(reason="no systemd and udev on this machine"))

    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """The test has its turn: wait until it has had it in its kernel."""
        boot = boot_of(item)
        if self._kernel is None or boot == "host":
            return None
        if boot not in self._guests:
            items = [other for other in item.session.items if boot_of(other) == boot]
            self._guests[boot] = _Guest(self._kernel, boot, items)
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in self._guests[boot].reports_of(item):
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The figures."""
        for reports in list(terminalreporter.stats.values()):
            for report in reports:
                if getattr(report, "when", "") == "call":
                    for name, value in report.user_properties:
                        terminalreporter.write_line(f"{name}: {value}")

    def pytest_unconfigure(self) -> None:
        """End kernels that still run."""
        for running in self._guests.values():
            running.close()


class _Guest:
    """One kernel and the tests that are its."""

    def __init__(self, kernel: Path, boot: str, items: list[pytest.Item]) -> None:
        config = items[0].config
        self._config = config
        self._folder = TemporaryDirectory(prefix="statecharge-kernel-")
        exchange = Path(self._folder.name)
        patterns = " ".join(config.getini("python_files"))
        program = [sys.executable, "-m", "pytest", "-p", __name__, "-o", f"python_files={patterns}"]
        program.append(f"{_OPTION}={guest.EXCHANGE / _REPORTS}")
        program.append(f"{_ROUNDS}={config.getoption(_ROUNDS)}")
        program.extend(item.nodeid for item in items)
        disk = _disk(exchange / "disk") if boot == "devices" else None
        self._machine = Machine(kernel, exchange, boot, program, disk)
        self._has_failed = False
        self._lines = self._machine.lines(_REPORTS, _LONGEST_S)

    def reports_of(self, item: pytest.Item) -> Iterator[pytest.TestReport]:
        """What the guest reports of this test, which is next; a failure if it does not."""
        hook = self._config.hook
        words = "the kernel ended before this test did"
        try:
            for line in self._lines:
                data = json.loads(line)
                report = hook.pytest_report_from_serializable(config=self._config, data=data)
                if report.skipped:
                    report.longrepr = tuple(report.longrepr)  # JSON has lists only
                yield report
                if report.nodeid == item.nodeid and report.when == "teardown":
                    return
        except TimeoutError as error:
            words = str(error)
        if not self._has_failed:  # once is enough
            words += f"; its console said last:\n{self._machine.console()}"
        self._has_failed = True
        yield pytest.TestReport(
            nodeid=item.nodeid,
            location=item.location,
            keywords={},
            outcome="failed",
            longrepr=words,
            when="call",
        )

    def close(self) -> None:
        """Kill it if it still runs, and remove the exchange."""
        with self._machine:
            pass
        self._folder.cleanup()


def _disk(image: Path) -> Path | None:
    """A new disk; None without the program that formats one."""
    mkfs = shutil.which("mkfs.ext4") or shutil.which("mkfs.ext4", path="/usr/sbin:/sbin")
    if mkfs is None:
        return None
    with image.open("wb") as stream:
        stream.truncate(_DISK_BYTES)
    subprocess.run([mkfs, "-q", str(image)], check=True)
    return image


def boot_of(item: pytest.Item) -> str:
    """In which kernel a test runs; what is skipped needs none."""
    if item.get_closest_marker("skip") is not None:
        return "host"
    mark = item.get_closest_marker("boot")
    return "devices" if mark is None else str(mark.args[0])
