"""Files of the kernel's sysfs: one value each; every failure is a ``DeviceError``.

Theory of operation: the kernel numbers its devices as it finds them, so a folder may be named by a
pattern such as ``/sys/devices/platform/soc/*.pwm/pwm/pwmchip*``; the first match counts.
"""

import errno
from pathlib import Path

from drivers.device_faults import DeviceError


def find_folder(pattern: str, what: str) -> Path:
    """The folder of a device; ``*`` allowed below the root. Raises DeviceError."""
    found = sorted(Path("/").glob(pattern.lstrip("/")))
    if not found:
        mend = "check the path, and that the kernel has a driver for it"
        raise DeviceError(f"{what} {pattern} is not there", mend)
    return found[0]


def read_text(file: Path) -> str:
    """The value. Raises DeviceError."""
    try:
        return file.read_text().strip()
    except OSError as error:
        raise device_error(file, "read", error) from None


def read_number(file: Path) -> float:
    """The value of a file that holds a number. Raises DeviceError."""
    text = read_text(file)
    try:
        return float(text)
    except ValueError:
        raise DeviceError(f"{file} holds no number", "is this the right device?") from None


def write_text(file: Path, text: str) -> None:
    """Set a value. Raises DeviceError."""
    try:
        file.write_text(text)
    except OSError as error:
        raise device_error(file, "written", error) from None


def device_error(file: Path, done: str, error: OSError) -> DeviceError:
    """Why a value cannot be had or set; ``done`` is what was tried, in the past."""
    saw = f"{file} cannot be {done} ({error.strerror})"
    match error.errno:
        case errno.EACCES | errno.EPERM:
            mend = "give the user of the station the right to it, by a rule of udev"
        case errno.ENOENT | errno.ENODEV:
            mend = "is the device plugged in, and the path right?"
        case errno.EBUSY:
            mend = "end the other program or driver that uses it"
        case errno.EINVAL | errno.EOPNOTSUPP:
            mend = "the device cannot do that: check its settings"
        case _:
            mend = "check the bus of the device and the kernel's log"
    return DeviceError(saw, mend)
