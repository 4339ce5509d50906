"""A simulated OpenEVSE board on a pty, written from the documentation and sources of its firmware.

It answers in a thread of its own, as a board would, whatever the event loop does. Hands move the
car and break things: silence, slowness, noise, lost characters, faults, restarts, a cut line.
"""

import contextlib
import os
import pty
import select
import threading
import time
import tty
from collections.abc import Callable
from functools import reduce
from operator import xor
from pathlib import Path
from typing import Final

A, B, C = 0x01, 0x02, 0x03
GROUND_FAULT, NO_GROUND, STUCK_RELAY, OVER_TEMPERATURE = 0x06, 0x07, 0x08, 0x0A
SLEEPING, DISABLED = 0xFE, 0xFF
DEBOUNCE_S: Final = 0.02
LEAST_A: Final = 6


def checked(body: str) -> bytes:
    return f"{body}^{reduce(xor, body.encode()):02X}\r".encode()


class OpenEvseBoard:
    """What the board is and does; public attributes are the hands of a test."""

    def __init__(self, link: Path, *, has_boot_lock: bool = False) -> None:
        self.link = link
        self.state = A
        self.is_relay_on = False
        self.is_plugged = self.is_ready = False
        self.fault = 0
        self.is_welded = False
        self.opens_late_s = 0.0
        self.current_a = self.most_a = 32
        self.total_wh = self.session_ws = 0
        self.current_ma, self.voltage_mv = 0, 240000
        self.has_heartbeat = True
        self.heartbeat_s, self.fallback_a, self.missed = 0, 0, 0
        self.has_boot_lock = has_boot_lock
        self.is_boot_locked = has_boot_lock
        self.is_auth_locked = False
        self.has_old_firmware = False
        self.silent_commands: set[str] = set()
        self.noise = b""
        self.late_s = 0.0
        self.loses_every = 0
        self.commands: list[str] = []
        self.on_look: Callable[[], None] = lambda: None
        self._settles_at_s = self._beaten_at_s = 0.0
        self._next_state = A
        self._came = b""
        self._lost = 0
        self._told: tuple[int, int] | None = None
        self._master = self._slave = -1
        self._lock = threading.RLock()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.plug_adapter_in()
        self._thread.start()

    # ---- hands -----------------------------------------------------------------------------------

    def plug_adapter_in(self) -> None:
        with self._lock:
            self._master, self._slave = pty.openpty()
            tty.setraw(self._slave)
            os.set_blocking(self._master, False)
            self.link.symlink_to(os.ttyname(self._slave))

    def pull_adapter_out(self) -> None:
        with self._lock:
            self.link.unlink(missing_ok=True)
            os.close(self._slave)
            os.close(self._master)
            self._master = self._slave = -1

    def stop(self) -> None:
        self._is_stopping = True
        self._thread.join()
        if self._master >= 0:
            self.pull_adapter_out()

    def restart(self) -> None:
        """Watchdog or power: awake with the current of the EEPROM, sessions forgotten."""
        with self._lock:
            self.state, self.is_relay_on = 0, False
            self.current_a, self.session_ws, self.missed = self.most_a, 0, 0
            self.is_boot_locked = self.has_boot_lock
            self._settles_at_s = time.monotonic() + DEBOUNCE_S
            self.send("$AB 00 8.2.3")

    def wake(self, state: int) -> None:
        """Somebody pressed its button."""
        with self._lock:
            self.state = self._next_state = state
            self.is_relay_on = state == C

    def plug(self, is_plugged: bool) -> None:
        with self._lock:
            if is_plugged and not self.is_plugged:
                self.session_ws = 0
            if self.is_plugged and not is_plugged:
                self.total_wh += self.session_ws // 3600
                self.is_ready = False
            self.is_plugged = is_plugged

    def send(self, body: str) -> None:
        self.send_raw(checked(body))

    def send_raw(self, data: bytes) -> None:
        with self._lock, contextlib.suppress(OSError):
            os.write(self._master, data)

    # ---- the firmware ----------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._is_stopping:
            with self._lock:
                self._update()
                master = self._master
            if master < 0:
                time.sleep(0.002)
                continue
            with contextlib.suppress(OSError, ValueError):
                if select.select([master], [], [], 0.005)[0]:
                    self._take(os.read(master, 1024))

    def _update(self) -> None:
        now_s = time.monotonic()
        if self.is_boot_locked or self.state in (SLEEPING, DISABLED):
            self.is_relay_on &= now_s < self._settles_at_s
            self._notify()
            return
        wanted = self._pilot_state()
        if wanted != self._next_state:
            self._next_state, self._settles_at_s = wanted, now_s + DEBOUNCE_S
        elif wanted != self.state and now_s >= self._settles_at_s:
            # PWM comes with B: an EV asks only after that.
            self.state = B if wanted == C and self.state not in (B, C) else wanted
            self._settles_at_s = now_s + DEBOUNCE_S
            self.is_relay_on = self.state == C
        is_late = now_s > self._beaten_at_s + self.heartbeat_s
        if self.heartbeat_s and is_late:
            self.current_a = min(self.current_a, max(self.fallback_a, LEAST_A))
            self.missed, self._beaten_at_s = 2, now_s
        self._notify()

    def _pilot_state(self) -> int:
        if self.is_welded:
            return STUCK_RELAY
        if self.fault:
            return self.fault
        return A if not self.is_plugged else C if self.is_ready and not self.is_auth_locked else B

    def _notify(self) -> None:
        """$AT when something that it watches has changed."""
        now = (self.state, self.current_a)
        if self.state and now != self._told:
            self._told = now
            self.send(f"$AT {self.state:02x} {self.state:02x} {self.current_a} {self._flags():04x}")

    def _flags(self) -> int:
        bits = (
            (0x0008, self.is_auth_locked),
            (0x0040, self.is_relay_on),
            (0x0100, self.is_plugged and not self.is_boot_locked),
            (0x4000, self.is_boot_locked),
        )
        return sum(bit for bit, is_set in bits if is_set)

    def _take(self, data: bytes) -> None:
        for byte in data:
            self._lost += 1
            if self.loses_every and self._lost % self.loses_every == 0:
                continue
            char = bytes([byte])
            if char == b"$":
                self._came = char
            elif char == b"\r" and self._came:
                raw, self._came = self._came, b""
                with self._lock:
                    self._process(raw)
            elif self._came:
                self._came += char

    def _process(self, raw: bytes) -> None:
        body, _, checksum = raw.partition(b"^")
        if checksum != f"{reduce(xor, body):02X}".encode():
            self.send("$NK")
            return
        words = body.decode()[1:].split()
        number = words.pop() if words[-1].startswith(":") else ""
        self.commands.append(" ".join(words))
        if words[0] in self.silent_commands or "*" in self.silent_commands:
            return
        self.on_look()
        is_ok, said = self._obey(words[0], words[1:])
        if self.late_s:
            time.sleep(self.late_s)
        if self.noise:
            self.send_raw(self.noise)
        self.send(" ".join(filter(None, ("$OK" if is_ok else "$NK", said, number))))
        self._notify()

    def _obey(self, command: str, words: list[str]) -> tuple[bool, str]:
        match command, words:
            case "FE", []:
                if self.state in (SLEEPING, DISABLED):
                    self.state, self._next_state = 0, 0
            case "FS", []:
                self._drop_into(SLEEPING)
            case "FD", []:
                self._drop_into(DISABLED)
            case "SB", [] if self.has_boot_lock:
                self.is_boot_locked = False
                return True, "0"
            case "S4", [flag]:
                self.is_auth_locked = flag == "1"
            case "SC", [amps, *_]:
                return self._set_current(int(amps))
            case "SY", _ if self.has_heartbeat:
                return self._beat(words)
            case _:
                return self._tell(command)
        return True, ""

    def _drop_into(self, state: int) -> None:
        """Only a board that falls asleep waits for the EV; a zero crossing makes both wait."""
        if self.state == state:
            return
        wait_s = 3.0 if state == SLEEPING and self._pilot_state() == C else self.opens_late_s
        self.state, self._settles_at_s = state, time.monotonic() + wait_s
        self.is_relay_on &= wait_s > 0

    def _set_current(self, amps: int) -> tuple[bool, str]:
        self.current_a = min(max(amps, LEAST_A), self.most_a)
        return self.current_a == amps, str(self.current_a)

    def _beat(self, words: list[str]) -> tuple[bool, str]:
        is_ok = True
        match words:
            case []:
                self._beaten_at_s, is_ok = time.monotonic(), self.missed != 2
            case ["165"]:
                if self.missed == 2:
                    self.current_a, self.missed = self.most_a, 1
            case [interval, amps]:
                self.heartbeat_s, self.fallback_a, self.missed = int(interval), int(amps), 0
                self._beaten_at_s = time.monotonic()
        return is_ok, f"{self.heartbeat_s} {self.fallback_a} {self.missed}"

    def _tell(self, command: str) -> tuple[bool, str]:
        answers = {
            "GS": f"{self.state:02x} 0 {self.state:02x} {self._flags():04x}",
            "GE": f"{self.current_a} 0000",
            "GF": "1 0 a",
            "GG": f"{self.current_ma} {self.voltage_mv}",
            "GU": f"{self.session_ws} {self.total_wh}",
            "GV": "8.2.3 5.1.4",
        }
        if self.has_old_firmware:
            answers["GS"] = f"{self.state} 0"
        return command in answers, answers.get(command, "")
