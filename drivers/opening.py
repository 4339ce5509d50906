"""What stands between a driver and its device: a library to import, a file to open.

Theory of operation: a missing library is a mistake of whoever installed the station and ends its
start; a device that cannot be opened is no reason to end, but has a reason in words.
"""

import errno
from importlib import import_module

from cp.vocabulary.errors import HardwareError
from drivers.device_faults import DeviceError


def load_library(module: str, extra: str) -> None:
    """Import ``module``, or the library that it imports; to be called in a thread.

    Raises HardwareError that names the ``extra`` to install.
    """
    try:
        import_module(module)
    except ImportError as error:
        raise HardwareError(
            f"{error.name} is not installed: pip install 'statecharge[{extra}]'"
        ) from error


def cannot_open(device: str, error: OSError, group: str) -> DeviceError:
    """Why a device file cannot be opened; users of ``group`` may open it."""
    match error.errno:
        case errno.ENOENT | errno.ENODEV | errno.ENXIO:
            return DeviceError(f"{device} is not there", "plug it in, or name the right device")
        case errno.EACCES | errno.EPERM:
            mend = f"add the user of the station to group {group}"
            return DeviceError(f"{device} may not be opened", mend)
        case errno.EBUSY | errno.EAGAIN:
            mend = "end the other program that has it open"
            return DeviceError(f"{device} is in use", mend)
        case _:
            saw = f"{device} cannot be opened ({error.strerror or type(error).__name__})"
            return DeviceError(saw, "check the cable and the name of the device")
