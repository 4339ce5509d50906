"""``statecharge release STATION.toml``: the outlet of a station that has ended is made safe.

Theory of operation: when a process dies, the kernel lets go of its lines, and some pins keep what
they were told last. So whoever watches the process asks for the coil line once more and drives it
inactive; the pilot offers nothing any more. What is not there cannot be driven, and is said.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence

from cp.driver_choice import OPENEVSE
from cp.equipment import Equipment
from cp.reading import load_settings
from cp.settings import Settings
from cp.vocabulary.errors import HardwareError


def main(words: Sequence[str]) -> int:
    """Make it safe; exit code 1 when something could not be driven. Raises SettingsError."""
    parser = argparse.ArgumentParser(
        prog="statecharge release",
        description="Open the contactor and withdraw the pilot of a station that is not running.",
    )
    parser.add_argument("station_file", metavar="STATION.toml", help="the station file")
    settings = load_settings(parser.parse_args(words).station_file)
    problems = [*_open_contactor(settings), *_withdraw(settings), *_put_to_sleep(settings)]
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return 1 if problems else 0


def _open_contactor(settings: Settings) -> Iterator[str]:
    if settings.drivers["contactor"] != "gpio":
        return
    from drivers.gpio.contactor import GpioContactorConfig
    from drivers.gpio.line import system_chips
    from drivers.gpio.output import Output

    coil = Output(Equipment(settings).config("contactor", GpioContactorConfig).coil)
    try:
        coil.open(system_chips())
    except HardwareError as error:
        yield str(error)
        return
    if coil.trouble is not None:
        yield f"contactor: {coil.trouble}"
    coil.close()


def _put_to_sleep(settings: Settings) -> Iterator[str]:
    """An OpenEVSE board: relay off at once, then sleep, which is a steady +12 V."""
    if settings.drivers["contactor"] != OPENEVSE:
        return
    from drivers.openevse.config import OpenEvseConfig
    from drivers.openevse.line import Line

    line = Line(Equipment(settings).config(OPENEVSE, OpenEvseConfig))
    try:
        line.open()
        line.ask("FD")
        line.ask("FS")
    except HardwareError as error:
        yield f"OpenEVSE: {error}"
    finally:
        line.dispose()


def _withdraw(settings: Settings) -> Iterator[str]:
    if settings.drivers["pilot"] != "pilot":
        return
    from drivers.pilot.levels import NO_OFFER_PERCENT, STATE_F_PERCENT
    from drivers.pilot.pilot import PilotConfig
    from drivers.pilot.pwm import Pwm

    config = Equipment(settings).config("pilot", PilotConfig)
    percent = STATE_F_PERCENT if config.is_f_when_stopped else NO_OFFER_PERCENT
    try:
        Pwm(config.pwm).drive(percent)
    except HardwareError as error:
        yield f"pilot: {error}"
