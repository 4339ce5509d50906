"""The words for what the kernel refuses, gpiod where it is needed and only there."""

import ast
import errno
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cp.vocabulary.errors import HardwareError
from drivers.device_faults import DeviceError, FaultLog
from drivers.gpio.contactor import GpioContactorConfig
from drivers.gpio.lamp import GpioLampConfig, read_pattern
from drivers.gpio.line import Bias, Line, system_chips
from drivers.gpio.output import Output
from drivers.trouble import Trouble
from tests.contract.gpio_boards import MemoryBoard, line

ROOT = Path(__file__).parents[3]
COIL = Line("evse", "COIL")


def words_of(error: Exception) -> str:
    from drivers.gpio.chip import _device_error

    return str(_device_error(COIL, error))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENODEV, ""), "is gone with its chip: is the chip plugged in"),
        (OSError(errno.ENXIO, ""), "has no interrupt: use a line of a chip that has"),
        (PermissionError(errno.EACCES, ""), "must not be used by this user: put the user"),
        (ValueError("gpiod's EINVAL"), "refuses these settings: check line and bias"),
        (NotImplementedError("gpiod's EOPNOTSUPP"), "cannot do that: the chip has no such bias"),
        (OSError(errno.EIO, ""), "does not answer: check the bus"),
        (OSError(errno.ETIMEDOUT, ""), r"does not work \(Connection timed out\): check the wiring"),
    ],
)
def test_each_refusal_of_the_kernel_has_its_words(error: Exception, words: str) -> None:
    pytest.importorskip("gpiod")
    assert re.match(f"GPIO line COIL of chip evse {words}", words_of(error))


def test_a_chip_that_is_not_there_is_named() -> None:
    pytest.importorskip("gpiod")
    chips = system_chips()
    for chip in ("nope", "/dev/null", "/dev/gpiochip99"):
        with pytest.raises(DeviceError, match=f"GPIO chip {chip} is not there: there "):
            chips.open_output(replace(COIL, chip=chip, bias=Bias.PULL_DOWN))


def test_a_missing_library_is_named_with_its_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "drivers.gpio.chip", raising=False)
    monkeypatch.setitem(sys.modules, "gpiod", None)
    with pytest.raises(HardwareError, match=r"pip install 'statecharge\[gpio\]'"):
        system_chips()


def test_gpiod_is_loaded_by_nobody_before_a_driver_starts() -> None:
    program = (
        "import sys, drivers.gpio.contactor, drivers.gpio.lamp, drivers.pilot.pilot\n"
        "assert 'gpiod' not in sys.modules\n"
        "drivers.gpio.line.system_chips()\n"
        "assert 'gpiod' in sys.modules\n"
    )
    pytest.importorskip("gpiod")
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_one_module_of_the_room_calls_gpiod() -> None:
    importers = {
        path.name
        for path in (ROOT / "drivers" / "gpio").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and any(alias.name == "gpiod" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gpiod"))
    }
    assert importers == {"chip.py"}


def test_a_broken_device_is_logged_once_for_each_change(caplog: pytest.LogCaptureFixture) -> None:
    log = FaultLog()
    for troubles in (
        {},
        {"coil": Trouble("gone", "find it")},
        {"coil": Trouble("gone", "find it")},
    ):
        log.tell(troubles)
    log.tell({"coil": Trouble("busy", "end it")})
    log.tell({})
    log.tell({})
    told = [record.getMessage() for record in caplog.records]
    assert told == ["coil: gone: find it", "coil: busy: end it", "coil works again"]


def test_an_output_that_was_lost_comes_back_inactive_whatever_it_was_told_meanwhile() -> None:
    board = MemoryBoard()
    output = Output(line("coil"))
    output.open(board)
    output.write(True)
    assert board.output("coil")
    board.unplug()
    output.refresh()
    assert output.trouble is not None
    output.write(True)
    board.plug()
    output.refresh()
    assert output.trouble is None and not board.output("coil")
    output.write(True)
    output.close()
    assert not board.output("coil") and not board.owned
    output.write(True)
    assert not board.output("coil")


# ---- configuration -------------------------------------------------------------------------------


def test_the_feedback_settles_later_than_what_drops_the_contact() -> None:
    config = GpioContactorConfig(COIL, replace(COIL, line="FEEDBACK", debounce_ms=5))
    assert config.inputs() == {"feedback": replace(COIL, line="FEEDBACK", debounce_ms=10)}
    stop, rcd = replace(COIL, line="STOP", debounce_ms=20), replace(COIL, line="RCD")
    config = replace(config, emergency_stop=stop, rcd=rcd)
    assert list(config.inputs()) == ["emergency_stop", "rcd", "feedback"]
    assert config.inputs()["feedback"].debounce_ms == 30


def test_mistakes_of_a_contactor_are_found() -> None:
    config = GpioContactorConfig(COIL, COIL)
    assert config.mistakes() == ()
    wrong = replace(config, hold_s=0.5, heartbeat_ms=5, settle_ms=-1, reread_ms=50)
    assert [words.partition(" ")[0] for words in wrong.mistakes()] == [
        "hold_s",
        "heartbeat_ms",
        "settle_ms",
        "reread_ms",
    ]


def test_mistakes_of_a_lamp_are_found() -> None:
    assert GpioLampConfig(red=COIL).mistakes() == ()
    wrong = GpioLampConfig(charging="blink purple", blink_ms=5, refusal_ms=5)
    assert [words.partition(" ")[0] for words in wrong.mistakes()] == [
        "a",
        "blink_ms",
        "refusal_ms",
        "charging:",
    ]


def test_patterns_of_all_statuses_differ() -> None:
    names = GpioLampConfig.__dataclass_fields__
    config = GpioLampConfig()
    texts = [getattr(config, name) for name, field in names.items() if field.type is str]
    patterns = {read_pattern(text) for text in texts}
    assert len(texts) == 10 and len(patterns) == 10
