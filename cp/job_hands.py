"""The hands of firmware updates and diagnostics: each effect is one call of transfer or installer.

Theory of operation: no decisions. What is stopped is stopped at once, and a start of it that still
waits for its records is forgotten with it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cp.vocabulary.effects import AbandonCall, Effect, SendCall
from cp.vocabulary.effects_jobs import (
    ActivateSlot,
    DropImage,
    MarkSlotGood,
    RevertSlot,
    StartDownload,
    StartInstall,
    StartUpload,
    StopDownload,
    StopInstall,
    StopUpload,
)
from cp.vocabulary.ports import DriverSet

STARTS: Final[Mapping[type[Effect], type[Effect]]] = MappingProxyType(
    {
        StopDownload: StartDownload,
        StopUpload: StartUpload,
        StopInstall: StartInstall,
        AbandonCall: SendCall,
    }
)
"""What a stop cancels where it still waits."""


class JobHands:
    """Acts on transfer and installer, from the running loop."""

    def __init__(self, drivers: DriverSet) -> None:
        self._transfer = drivers.transfer
        self._installer = drivers.installer

    def make_safe(self, effect: Effect) -> None:
        """Perform a safe effect."""
        match effect:
            case StopDownload():
                self._transfer.stop_download()
            case StopUpload():
                self._transfer.stop_upload()
            case DropImage():
                self._transfer.drop_image()
            case StopInstall():
                self._installer.stop_install()

    def go_out(self, effect: Effect) -> None:
        """Perform an outward effect."""
        transfer, installer = self._transfer, self._installer
        match effect:
            case StartDownload():
                transfer.download(effect.number, effect.location)
            case StartUpload():
                transfer.upload(
                    effect.number,
                    effect.location,
                    effect.file_name,
                    effect.start_utc_s,
                    effect.stop_utc_s,
                )
            case StartInstall():
                installer.install(effect.number)
            case ActivateSlot():
                installer.activate(effect.number, effect.slot)
            case MarkSlotGood():
                installer.mark_good(effect.slot)
            case RevertSlot():
                installer.revert(effect.slot)
