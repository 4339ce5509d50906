"""The installer that a configuration describes, and what is wrong with one.

Theory of operation: each kind is imported when it is wanted; a start needs none of the code that
checks images.
"""

from collections.abc import Iterator
from pathlib import Path

from cp.vocabulary.errors import Finding, SettingsError
from drivers.installer.backend import Slots
from drivers.installer.config import InstallerConfig
from drivers.installer.installer import SlotInstaller
from drivers.installer.slots import FACTORY


def build_installer(config: InstallerConfig, image: Path, running: str = FACTORY) -> SlotInstaller:
    """The installer; ``image`` is where a downloaded one lies, ``running`` the slot that
    ``start_from_slot`` chose (folders alone). Raises ValueError for ``command`` without any.
    """
    return SlotInstaller(_slots(config, running), image.absolute())


def installer_mistakes(config: InstallerConfig) -> Iterator[Finding]:
    """What an installer has to mend, for ``run --check``; nothing is changed or run."""
    from shutil import which

    if config.kind == "folders" and config.public_key_file is not None:
        from drivers.installer.signature import read_public_key

        try:
            read_public_key(config.public_key_file)
        except SettingsError as error:
            yield from error.findings
    for program in sorted(_programs(config)):
        if which(program) is None:
            yield Finding(program, 0, "the installer's command is not there: install it")


def _slots(config: InstallerConfig, running: str) -> Slots:
    match config.kind:
        case "folders":
            from drivers.installer.folders import FolderSlots

            folder = config.folder.absolute()
            return FolderSlots(folder, running, config.public_key_file, config.most_bytes)
        case "rauc":
            from drivers.installer.rauc import RaucSlots

            return RaucSlots(config.rauc, config.within_s)
        case "command":
            from drivers.installer.commands import CommandSlots

            if config.commands is None:
                raise ValueError("the installer 'command' needs its commands")
            return CommandSlots(config.commands, config.within_s)


def _programs(config: InstallerConfig) -> set[str]:
    if config.kind == "rauc":
        return {*config.rauc[:1]}
    commands = config.commands
    if config.kind == "folders" or commands is None:
        return set()
    every = (commands.install, commands.slot, commands.activate, commands.mark_good)
    return {words[0] for words in (*every, commands.revert) if words}
