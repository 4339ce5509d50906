"""What the station file says about installing."""

from pathlib import Path
from typing import Final, Literal

from cp.vocabulary.lean import dataclass

Kind = Literal["folders", "rauc", "command"]

MOST_BYTES: Final = 256 * 1024 * 1024
"""What an image may have, packed and unpacked, unless the station file says otherwise."""


@dataclass(frozen=True, slots=True)
class Commands:
    """The commands, each a list of arguments; ``{image}`` and ``{slot}`` stand for values."""

    install: tuple[str, ...]
    slot: tuple[str, ...]
    activate: tuple[str, ...]
    mark_good: tuple[str, ...]
    revert: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InstallerConfig:
    """How this station is updated.

    ``kind``             two folders of our own, RAUC, or commands.
    ``folder``           of the two slots; for ``folders`` alone, as the next two are.
    ``public_key_file``  images have to be signed with this key; None: they need no signature.
    ``most_bytes``       an image, packed or unpacked, may not have more.
    ``rauc``             the words that begin each call of RAUC.
    ``commands``         for ``command``.
    ``within_s``         an installation by RAUC or command may not take longer.
    ``version_file``     its first line is firmwareVersion; folders know it without.
    """

    folder: Path
    kind: Kind = "folders"
    public_key_file: Path | None = None
    most_bytes: int = MOST_BYTES
    rauc: tuple[str, ...] = ("rauc",)
    commands: Commands | None = None
    within_s: float = 1800.0
    version_file: Path | None = None

    def mistakes(self) -> tuple[str, ...]:
        """What does not fit together."""
        if self.kind == "command" and self.commands is None:
            return ('kind = "command" needs its commands: write [firmware.commands]',)
        return ()
