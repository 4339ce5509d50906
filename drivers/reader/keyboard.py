"""A card reader that plays a keyboard, over evdev.

Theory of operation: the device is grabbed, so that nobody else gets the keys and no number is typed
into a terminal. Events are read whenever the loop says that there are some. When the kernel had to
drop events, the number that is being typed is dropped too.
"""

import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from cp.vocabulary.errors import Finding, SettingsError
from cp.vocabulary.lean import dataclass
from drivers.opening import cannot_open
from drivers.reader.attached import AttachedReader
from drivers.reader.keys import TypedNumber
from drivers.reader.numbers import tag_of_decimal, tag_of_hex

if TYPE_CHECKING:
    from evdev import InputDevice

NOTATIONS: Final = ("hex", "decimal")


@dataclass(frozen=True, slots=True)
class KeyboardReaderConfig:
    """The device has to be named."""

    device: str
    """The input device, as /dev/input/by-id/...-event-kbd, which stays the same at every start."""

    notation: str = "hex"
    """hex or decimal: how the reader types the number of a card."""

    is_reversed: bool = False
    """The reader types the last byte of the card first."""

    repeat_s: float = 2.0
    """A card that was not seen for so long is presented anew; 0: each time it is typed."""

    retry_s: float = 1.0
    """Seconds until a device that is gone is looked for again."""

    def mistakes(self) -> tuple[str, ...]:
        """What an installer has to mend."""
        if self.notation in NOTATIONS:
            return ()
        return (f"notation = {self.notation!r}: {' or '.join(map(repr, NOTATIONS))}",)


class KeyboardReader(AttachedReader):
    """``ports.CardReader``."""

    def __init__(self, config: KeyboardReaderConfig) -> None:
        """Raises SettingsError when the configuration has mistakes."""
        findings = tuple(Finding("card_reader", 0, message) for message in config.mistakes())
        if findings:
            raise SettingsError(findings)
        what = f"card reader at {config.device}"
        super().__init__(what, config.repeat_s, config.retry_s, library="evdev")
        self._config = config
        self._typed = TypedNumber()
        self._wrong_numbers = 0
        self._device: InputDevice[str] | None = None

    @property
    def ignored(self) -> int:
        """What was typed and was no card."""
        return self._typed.ignored + self._wrong_numbers

    def _open(self) -> int:
        from evdev import InputDevice

        path = self._config.device
        try:
            device = InputDevice(path, readonly=True)
        except OSError as error:
            raise cannot_open(path, error, "input") from error
        try:
            device.grab()
        except OSError as error:
            device.close()
            raise cannot_open(path, error, "input") from error
        self._device = device
        self._typed.reset()
        return device.fd

    def _close(self) -> None:
        if self._device is not None:
            with contextlib.suppress(OSError):
                self._device.close()
            self._device = None

    def _tags(self, _at_s: float) -> Iterable[str]:
        from evdev import ecodes

        if self._device is None:
            return
        try:
            events = list(self._device.read())
        except BlockingIOError:
            return
        for event in events:
            if event.type == ecodes.EV_SYN and event.code == ecodes.SYN_DROPPED:
                self._typed.spoil()
            elif event.type == ecodes.EV_KEY and event.value == 1:
                text = self._typed.press(_name(ecodes.KEY.get(event.code)), event.timestamp())
                if text is not None and (tag := self._tag(text)) is not None:
                    yield tag

    def _tag(self, text: str) -> str | None:
        """The id tag of what was typed; anything else is counted."""
        tag_of = tag_of_decimal if self._config.notation == "decimal" else tag_of_hex
        tag = tag_of(text, self._config.is_reversed)
        self._wrong_numbers += tag is None
        return tag


def _name(names: str | tuple[str, ...] | None) -> str:
    """Some keys have several names; none of ours has."""
    return names if isinstance(names, str) else ""
