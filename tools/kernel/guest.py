"""The first process of a test kernel: makes it a machine in which tests run.

    guest.py devices EXCHANGE    mounts, runs the program, powers off
    guest.py systemd EXCHANGE    mounts, becomes systemd, which runs the line below
    guest.py program             runs the program, powers off

Theory of operation: the kernel's root is the tester's own file system, read-only; what has to be
writable is a tmpfs or the exchange. For systemd an overlay takes all writes, so that files may be
installed as on a real station and nothing of the tester's machine changes. Only the standard
library is used, and the tester's programs only where they are essential packages: no tool of an
optional one has to be there.
"""

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Final

EXCHANGE: Final = Path("/run/exchange")
"""Where the exchange is mounted in the guest."""

SCRATCH: Final = Path("/run/scratch")
"""Where programs may write."""

DISK: Final = Path("/dev/ubda")
"""The disk of the guest, if it was given one."""

PROGRAM: Final = "program"
"""File in the exchange: the program to run, one word on each line."""

SYSTEMD: Final = Path("/lib/systemd/systemd")
TREE: Final = Path(__file__).resolve().parents[2]
_MS_MOVE: Final = 0x2000
_RNDADDENTROPY: Final = 0x40085203
_POWER_OFF: Final = 0x4321FEDC
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_UNIT: Final = "statecharge-tests.service"

SYSTEMD_FILES: Final = {
    "etc/fstab": "",
    "etc/tmpfiles.d/tmp.conf": "",
    f"etc/systemd/system/{_UNIT}": f"""\
[Unit]
Requires=basic.target
After=basic.target
[Service]
Type=oneshot
ExecStart={sys.executable} {__file__} program
StandardOutput=tty
StandardError=inherit
TTYPath=/dev/console
""",
}
"""The tests as a service: when it ends, the machine is off. Nothing else of the tester's machine is
mounted, and what is in /tmp stays: the tests may be there."""

_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def main(boot: str, exchange: str = "") -> None:
    """Does not return: the machine is off, or another program has taken over."""
    try:
        if boot != "program":
            mount_all(exchange)
        if boot == "systemd":
            become_systemd()
        run((EXCHANGE / PROGRAM).read_text().splitlines())
    except BaseException:
        traceback.print_exc()
    power_off()


def mount(source: str, target: str, kind: str, data: str = "", flags: int = 0) -> None:
    """Raises OSError."""
    encoded = [text.encode() for text in (source, target, kind)]
    if _LIBC.mount(*encoded, ctypes.c_ulong(flags), data.encode() or None):
        number = ctypes.get_errno()
        raise OSError(number, f"mount {kind} at {target}: {os.strerror(number)}")


def mount_all(exchange: str) -> None:
    """What programs expect, the exchange, and lo. The kernel has mounted /dev itself."""
    mount("proc", "/proc", "proc")
    mount("sysfs", "/sys", "sysfs")
    mount("configfs", "/sys/kernel/config", "configfs")
    mount("tmpfs", "/run", "tmpfs")
    for folder in (EXCHANGE, SCRATCH):
        folder.mkdir()
    mount("none", str(EXCHANGE), "hostfs", exchange)
    Path("/dev/pts").mkdir(exist_ok=True)
    mount("devpts", "/dev/pts", "devpts", "ptmxmode=0666")
    Path("/dev/shm").mkdir(exist_ok=True)
    mount("tmpfs", "/dev/shm", "tmpfs")
    bring_up_loopback()
    credit_entropy()


def credit_entropy() -> None:
    """This kernel meets no chance; without some, the first who asks waits for minutes."""
    with Path("/dev/random").open("wb") as pool:
        fcntl.ioctl(pool, _RNDADDENTROPY, struct.pack("ii32s", 256, 32, b"no secret is made here"))


def bring_up_loopback() -> None:
    """As ``ip link set lo up``, which is an optional package."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        answer = fcntl.ioctl(control, _SIOCGIFFLAGS, struct.pack("16sH14x", b"lo", 0))
        (flags,) = struct.unpack_from("16xH", answer)
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))


def become_systemd() -> None:
    """An overlay becomes the root and systemd the first process; does not return."""
    layers = {name: Path("/mnt", name) for name in ("upper", "work", "root")}
    mount("tmpfs", "/mnt", "tmpfs")
    for folder in layers.values():
        folder.mkdir()
    root = layers["root"]
    options = f"lowerdir=/,upperdir={layers['upper']},workdir={layers['work']}"
    mount("overlay", str(root), "overlay", options)
    for path, text in SYSTEMD_FILES.items():
        (root / path).write_text(text)
    for name in ("sys", "proc", "dev", "run"):
        mount(f"/{name}", str(root / name), "", flags=_MS_MOVE)
    os.chdir(root)
    mount(".", "/", "", flags=_MS_MOVE)
    os.chroot(".")
    os.execv(SYSTEMD, [str(SYSTEMD), f"--unit={_UNIT}", "--show-status=no"])


def run(program: list[str]) -> None:
    """A child: the first process itself must not end."""
    environment = {
        "HOME": str(SCRATCH),
        "TMPDIR": str(SCRATCH),
        "PATH": _PATH,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    subprocess.run(program, cwd=TREE, env=environment, check=False)


def power_off() -> None:
    """Without asking anybody."""
    os.sync()
    _LIBC.reboot(_POWER_OFF)


if __name__ == "__main__":
    main(*sys.argv[1:3])  # the kernel appends words of its own
