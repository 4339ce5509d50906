"""Debian's real RAUC without a device: two loop devices, a bus of its own, a boot loader of files.

Theory of operation: the boot loader is a script that keeps its state in files, as RAUC's ``custom``
one may. Restarting the service with another ``--override-boot-slot`` is the reboot. Bundles are of
the plain form, for verity needs the device mapper.
"""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

NEEDED = ("rauc", "dbus-daemon", "mksquashfs", "openssl", "losetup")
BOOT = """#!/bin/sh
cd {place}/boot
case "$1" in
 get-primary) cat primary 2> /dev/null || echo A;;
 set-primary) echo "$2" > primary;;
 get-state) cat "state.$2" 2> /dev/null || echo good;;
 set-state) echo "$3" > "state.$2";;
esac
"""
SYSTEM = """[system]
compatible=test-station
bootloader=custom
bundle-formats=plain
mountprefix={place}/mnt
statusfile={place}/status
{activate}
[keyring]
path={place}/cert.pem
[handlers]
bootloader-custom-backend={place}/boot.sh
[slot.rootfs.0]
device={devices[0]}
type=raw
bootname=A
[slot.rootfs.1]
device={devices[1]}
type=raw
bootname=B
"""
MANIFEST = """[update]
compatible={compatible}
version={version}
[bundle]
format=plain
[image.rootfs]
filename=rootfs.img
"""


def reason_to_skip() -> str:
    """Why RAUC cannot be run here; empty when it can."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    if os.geteuid() != 0:
        return "loop devices need root"
    free = subprocess.run(["losetup", "-f"], capture_output=True, text=True, check=False)
    return f"no loop device: {free.stderr.strip()}" if free.returncode else ""


def run(*words: str | Path, cwd: Path | None = None) -> str:
    """The output of a command that has to succeed."""
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout


class RaucStand:
    """A machine with RAUC; ``command`` is what a station calls."""

    def __init__(self, place: Path, bus: str, devices: tuple[str, str]) -> None:
        self.place = place
        self.devices = devices
        self._bus = {"DBUS_SESSION_BUS_ADDRESS": bus, "DBUS_STARTER_BUS_TYPE": "session"}
        self._service: subprocess.Popen[bytes] | None = None
        pairs = [f"{name}={value}" for name, value in self._bus.items()]
        self.command = ("env", *pairs, "rauc", f"--conf={place}/system.conf")

    @property
    def primary(self) -> str:
        """What the boot loader starts next."""
        file = self.place / "boot" / "primary"
        return file.read_text().strip() if file.exists() else "A"

    def state(self, name: str) -> str:
        """What the boot loader thinks of a slot."""
        file = self.place / "boot" / f"state.{name}"
        return file.read_text().strip() if file.exists() else "good"

    def configure(self, activate: str = "") -> None:
        """Write the configuration; ``activate`` is one more line of its first section."""
        text = SYSTEM.format(place=self.place, devices=self.devices, activate=activate)
        (self.place / "system.conf").write_text(text)

    def boot(self, name: str) -> None:
        """Start the service of a machine that was started from this slot."""
        self.shut_down()
        words = ["rauc", f"--conf={self.place}/system.conf", f"--override-boot-slot={name}"]
        with (self.place / "service.log").open("ab") as log:
            self._service = subprocess.Popen(
                [*words, "service"], env={**os.environ, **self._bus}, stdout=log, stderr=log
            )
        for _ in range(500):
            status = subprocess.run([*self.command, "status"], capture_output=True, check=False)
            if status.returncode == 0:
                return
            time.sleep(0.02)
        raise AssertionError((self.place / "service.log").read_text())

    def shut_down(self) -> None:
        """End the service."""
        if self._service is not None:
            self._service.terminate()
            self._service.wait()
            self._service = None

    def bundle(self, name: str, key: str = "", compatible: str = "test-station") -> Path:
        """A bundle with random content and version 2.0.0; ``key`` names another signer."""
        folder, bundle = self.place / f"in-{name}", self.place / f"{name}.raucb"
        folder.mkdir()
        (folder / "rootfs.img").write_bytes(os.urandom(1_000_000))
        manifest = MANIFEST.format(compatible=compatible, version="2.0.0")
        (folder / "manifest.raucm").write_text(manifest)
        files = [f"--{what}={self.place}/{key}{what}.pem" for what in ("cert", "key")]
        run("rauc", *files, "bundle", folder, bundle)
        return bundle


@contextlib.contextmanager
def started(place: Path) -> Iterator[RaucStand]:
    """A machine that was started from slot A."""
    for key in ("", "other-"):
        run(
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "60"),
            *("-keyout", f"{place}/{key}key.pem", "-out", f"{place}/{key}cert.pem"),
            *("-subj", "/CN=test"),
        )
    (place / "boot").mkdir()
    (place / "mnt").mkdir()
    (place / "boot.sh").write_text(BOOT.format(place=place))
    (place / "boot.sh").chmod(0o755)
    with contextlib.ExitStack() as stack:
        devices = (_device(stack, place / "0.img"), _device(stack, place / "1.img"))
        stand = RaucStand(place, _bus(stack), devices)
        stack.callback(stand.shut_down)
        stand.configure()
        stand.boot("A")
        yield stand


def _device(stack: contextlib.ExitStack, file: Path) -> str:
    file.touch()
    os.truncate(file, 4_000_000)
    device = run("losetup", "-f", "--show", file).strip()
    stack.callback(run, "losetup", "-d", device)
    return device


def _bus(stack: contextlib.ExitStack) -> str:
    bus = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    stack.callback(bus.wait)
    stack.callback(bus.terminate)
    assert bus.stdout is not None
    stack.callback(bus.stdout.close)
    return bus.stdout.readline().decode().strip()


@pytest.fixture
def rauc(tmp_path: Path) -> Iterator[RaucStand]:
    """A machine with RAUC, or a skip with the reason."""
    reason = reason_to_skip()
    if reason:
        pytest.skip(reason)
    with started(tmp_path) as stand:
        yield stand
