"""One output that is inactive unless it was told otherwise, also after its chip was gone.

Theory of operation: a write that fails closes the line and opens it again at once, for opening
drives it inactive: that is the way out that is left when the line must drop. The trouble stays
until ``refresh``, which is called now and then, has driven the line without an error; it drives it
anew each time, so that a chip that lost its mind comes back. Any thread may write.
"""

import threading
from contextlib import suppress

from drivers.device_faults import DeviceError
from drivers.gpio.line import Chips, Line, OutputLine
from drivers.trouble import Trouble


class Output:
    """One output line; ``trouble`` is why it may not be what it was told."""

    def __init__(self, line: Line) -> None:
        self.trouble: Trouble | None = None
        self._line = line
        self._lock = threading.Lock()
        self._chips: Chips | None = None
        self._opened: OutputLine | None = None
        self._is_active = False

    def open(self, chips: Chips) -> None:
        """Take the line, inactive; a chip that is not there is a trouble, not an error."""
        with self._lock:
            self._chips, self._is_active = chips, False
            self._refresh()

    def write(self, is_active: bool) -> None:
        """Drive the line; before ``open`` and after ``close`` it does nothing."""
        with self._lock:
            self._is_active = is_active
            if self._opened is not None:
                self._drive(self._opened)

    def refresh(self) -> None:
        """Drive the line anew, after a loss inactive."""
        with self._lock:
            self._refresh()

    def close(self) -> None:
        """Leave the line inactive and give it back."""
        self.write(False)
        with self._lock:
            self._chips = None
            if self._opened is not None:
                self._opened.close()
            self._opened = None

    def _refresh(self) -> None:
        if self._chips is None:
            return
        try:
            if self._opened is None:
                self._is_active = False
                self._opened = self._chips.open_output(self._line)
        except DeviceError as error:
            self.trouble = error.trouble
        else:
            self.trouble = None
            self._drive(self._opened)

    def _drive(self, opened: OutputLine) -> None:
        try:
            opened.write(self._is_active)
        except DeviceError as error:
            self.trouble, self._is_active = error.trouble, False
            opened.close()
            self._opened = None
            if self._chips is not None:
                with suppress(DeviceError):
                    self._opened = self._chips.open_output(self._line)
