"""Pets the watchdog for some seconds, then waits; in the second boot it only says so."""

import fcntl
import json
import os
import struct
import sys
import time
from pathlib import Path
from typing import Final

FILE: Final = Path("/run/exchange/pets")
WATCHED_S: Final = 2
_WDIOC_SETTIMEOUT: Final = 0xC0045706


def say(what: object) -> None:
    with FILE.open("a") as stream:
        print(json.dumps(what), file=stream)


def pet(seconds: float) -> None:
    device = os.open("/dev/watchdog", os.O_WRONLY)
    fcntl.ioctl(device, _WDIOC_SETTIMEOUT, struct.pack("i", WATCHED_S))
    begun_s = time.monotonic()
    while (passed_s := time.monotonic() - begun_s) < seconds:
        os.write(device, b"p")
        say(round(passed_s, 1))
        time.sleep(0.2)
    if seconds < WATCHED_S:
        time.sleep(2.0 * WATCHED_S)
    os.write(device, b"V")  # else the kernel reboots when the device is closed
    os.close(device)


is_first = not FILE.exists() or "boot" not in FILE.read_text()
say("boot")
if is_first:
    pet(float(sys.argv[1]))
