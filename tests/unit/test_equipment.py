"""Real drivers from the station file: the sample, defaults of the product, every mistake."""

import importlib.util
from pathlib import Path

import pytest

from cp.devices import device_findings, make_devices, vitals_of
from cp.driver_choice import BENCH, KINDS
from cp.equipment import Equipment
from cp.hardware import Hardware
from cp.profiles import texts
from cp.settings import Settings, read_settings
from cp.vocabulary.events import FeedbackClosed, FeedbackOpened, Plugged
from drivers.bench.bench import Bench
from drivers.gpio.lamp import GpioLamp
from drivers.gpio.line import Bias, Line
from drivers.installer.late import LateInstaller
from drivers.late import LateContactor
from drivers.meter.modbus import ModbusMeter
from drivers.meter.pulses import PulseMeter
from drivers.no_lamp import NoLamp
from drivers.openevse.meter import OpenEvseMeter
from drivers.openevse.outlet import OpenEvseContactor, OpenEvsePilot
from drivers.pilot.pilot import ControlPilot
from drivers.reader.keyboard import KeyboardReader
from drivers.reader.serial_line import SerialReader
from drivers.real_parts import RealParts
from drivers.restarter import BoardRestarter, ProcessRestarter
from drivers.transcript import NullTranscript
from drivers.websocket_link import WebsocketLink

SAMPLE = Path(__file__).parents[2] / "examples" / "board.toml"
LEAST = """[station]
id = "CP1"
[csms]
url = "ws://127.0.0.1:1/ocpp"
"""
BOARD = """\
[drivers]
contactor = "gpio"
pilot = "pilot"
meter = "modbus"
card_reader = "keyboard"
lamp = "none"
restarter = "board"
[contactor]
coil = { chip = "relays", line = "coil" }
feedback = { chip = "relays", line = 3, active_low = true, bias = "pull_up" }
[pilot.pwm]
[pilot.comparators]
lines = [ { chip = "relays", line = 5 }, { chip = "relays", line = 6 } ]
truth = { 11 = "A", 01 = "B", 00 = "C" }
[meter]
host = "meter.local"
[card_reader]
device = "/dev/input/event0"
"""


def settings_of(text: str, file: str = "/etc/s.toml") -> Settings:
    return read_settings(text, file, texts())


def parts(folder: Path) -> RealParts:
    def none() -> LateInstaller:
        raise AssertionError("nobody starts it")

    return RealParts(
        WebsocketLink("ws://127.0.0.1:1/x"),
        LateInstaller(none),
        LateInstaller(none),
        NullTranscript(),
    )  # type: ignore[arg-type]


def test_the_sample_is_in_order() -> None:
    text = SAMPLE.read_text()
    settings = settings_of(text)
    assert device_findings(settings) == ()
    kinds = {port: type(make()) for port, make in Equipment(settings).makers().items()}
    assert list(kinds.values()) == [
        type(Equipment(settings).contactor()),
        ControlPilot,
        ModbusMeter,
        SerialReader,
        GpioLamp,
    ]


def between(text: str, begin: str, end: str) -> str:
    """From a line that begins so to the one before the next that begins so."""
    rest = text[text.index(f"\n{begin}") + 1 :]
    return rest[: rest.index(f"\n{end}") + 1]


def test_what_the_sample_says_instead_is_in_order_too() -> None:
    text = SAMPLE.read_text()
    for used, unused, end in (
        ("[pilot.adc]", "# [pilot.comparators]", "[meter]"),
        ("[meter]", "# [meter]", "[card_reader]"),
    ):
        instead = between(text, unused, end)
        text = text.replace(between(text, used, end), instead.replace("\n# ", "\n")[2:])
    text = text.replace('"modbus" ', '"pulses" ').replace('"serial" ', '"keyboard" ')
    text = text.replace('format = "stx" ', 'notation = "decimal" #')
    settings = settings_of(text)
    assert device_findings(settings) == ()
    assert isinstance(Equipment(settings).meter(), PulseMeter)
    assert isinstance(Equipment(settings).card_reader(), KeyboardReader)
    assert Equipment(settings).pilot()._config.comparators is not None


def test_defaults_come_from_the_product() -> None:
    equipment = Equipment(settings_of(LEAST + BOARD))
    meter = equipment.meter()
    assert isinstance(meter, ModbusMeter)
    assert meter._config.rated_power_w == 32 * 230
    pulses = BOARD.replace('"modbus"', '"pulses"')
    pulses = pulses.replace('host = "meter.local"', 'line = { chip = "a", line = 1 }')
    counter = Equipment(settings_of(LEAST + '[storage]\ndir = "/data"\n' + pulses)).meter()
    assert isinstance(counter, PulseMeter)
    assert counter._config.rated_power_w == 32 * 230
    assert counter._config.file == "/data/pulses.json"
    own = BOARD.replace("[meter]", "[meter]\nrated_power_w = 11000")
    named = Equipment(settings_of(LEAST + own)).meter()
    assert isinstance(named, ModbusMeter)
    assert named._config.rated_power_w == 11000
    assert isinstance(equipment.card_reader(), KeyboardReader)
    lines = equipment.contactor()._config
    assert lines.coil == Line("relays", "coil")
    assert lines.feedback == Line("relays", 3, active_low=True, bias=Bias.PULL_UP)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('line = "coil"', 'lin = "coil"', "13: line of [contactor.coil] is missing"),
        ('"pull_up"', '"up"', "14: bias = 'up': one of as_is, disabled, pull_up, pull_down"),
        ("[pilot.pwm]", "hold_s = 99\n[pilot.pwm]", "15: [contactor] hold_s is from 1 to 10"),
        ("[pilot.pwm]\n", "", "15: pwm of [pilot] is missing"),
        ('01 = "B"', '01 = "Q"', "18: [pilot] truth: 01 is a state from A to F"),
        ('host = "meter.local"', 'hots = "x"', "20: unknown key 'hots' in [meter]"),
        ('host = "meter.local"', "", "19: [meter] name either device"),
        (
            'host = "meter.local"',
            'host = "x"\nmap = "sdm1"',
            "21: [meter] map: no register map 'sdm1'",
        ),
        ('host = "meter.local"', 'host = "x"\nmap = "own.toml"', "/etc/own.toml: cannot be read"),
        ("event0", 'event0"\nnotation = "octal', "23: [card_reader] notation = 'octal': 'hex'"),
    ],
)
def test_each_mistake_is_found(old: str, new: str, expected: str) -> None:
    assert BOARD.count(old) == 1
    findings = device_findings(settings_of(LEAST + BOARD.replace(old, new)))
    assert any(str(it).removeprefix("/etc/s.toml:").startswith(expected) for it in findings), (
        findings
    )


def test_a_sound_table_has_no_finding() -> None:
    assert device_findings(settings_of(LEAST + BOARD)) == ()
    assert device_findings(settings_of(LEAST)) == ()


def test_missing_libraries_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cp.equipment.find_spec", lambda name: None)
    lines = [str(finding) for finding in device_findings(settings_of(LEAST + BOARD))]
    assert lines == [
        "/etc/s.toml:6: contactor needs the library gpiod: pip install 'statecharge[gpio]'",
        "/etc/s.toml:7: pilot needs the library gpiod: pip install 'statecharge[gpio]'",
        "/etc/s.toml:8: meter needs the library pymodbus: pip install 'statecharge[modbus]'",
        "/etc/s.toml:9: card_reader needs the library evdev: pip install 'statecharge[rfid]'",
    ]
    assert importlib.util.find_spec("gpiod") is not None


def test_every_kind_of_every_port_can_be_made() -> None:
    """Who adds a driver adds it to both tables."""
    for port, kinds in KINDS.items():
        if port != "restarter":
            assert hasattr(Equipment, port)
        assert BENCH not in kinds


BOARD_OF_ANOTHER = """[drivers]
set = "bench"
contactor = "openevse"
pilot = "openevse"
meter = "openevse"
[openevse]
device = "/dev/ttyUSB0"
"""


def test_one_openevse_board_stands_behind_three_ports() -> None:
    equipment = Equipment(settings_of(LEAST + '[storage]\ndir = "/data"\n' + BOARD_OF_ANOTHER))
    contactor, pilot, meter = equipment.contactor(), equipment.pilot(), equipment.meter()
    assert isinstance(contactor, OpenEvseContactor)
    assert isinstance(pilot, OpenEvsePilot)
    assert isinstance(meter, OpenEvseMeter)
    assert contactor._board is pilot._board is meter._board
    assert contactor._config.rated_power_w == 32 * 230
    assert list(equipment.makers()) == ["contactor", "meter"]
    (finding,) = device_findings(settings_of(LEAST + BOARD_OF_ANOTHER.replace("device", "devcie")))[
        :1
    ]
    assert "device of [openevse] is missing" in str(finding)


# ---- put together --------------------------------------------------------------------------------


def test_without_the_bench_there_is_none(tmp_path: Path) -> None:
    text = LEAST + f'[storage]\ndir = "{tmp_path}"\n' + BOARD
    devices = make_devices(settings_of(text), parts(tmp_path), lambda _code: None)
    assert isinstance(devices, Hardware)
    assert isinstance(devices.drivers.lamp, NoLamp)
    assert isinstance(devices.drivers.restarter, BoardRestarter)
    assert isinstance(devices.drivers.link, WebsocketLink)
    assert list(vitals_of(devices.drivers)) == []
    devices.set_snapshot(lambda: {"queue": 3})
    outlet = {"register_wh": None, "power_w": None}
    assert devices.state() == {"queue": 3, "connectors": {"1": outlet}}
    assert list(tmp_path.iterdir()) == []


def test_a_mixed_set_keeps_the_rest_of_the_bench(tmp_path: Path) -> None:
    text = LEAST + f'[storage]\ndir = "{tmp_path}"\n'
    text += BOARD[: BOARD.index("[pilot.pwm]")].replace("[drivers]", '[drivers]\nset = "bench"')
    for port in ("pilot", "meter", "card_reader", "lamp", "restarter"):
        start = text.index(f"\n{port} = ")
        text = text[:start] + text[text.index("\n", start + 1) :]
    bench = make_devices(settings_of(text), parts(tmp_path), lambda _code: None)
    assert isinstance(bench, Bench)
    assert isinstance(bench.drivers.contactor, LateContactor)
    assert isinstance(bench.drivers.restarter, ProcessRestarter)
    alone = make_devices(settings_of(LEAST), parts(tmp_path), lambda _code: None)
    assert type(bench.drivers.meter) is type(alone.drivers.meter)
    for event, key, value in (
        (Plugged(1), "plugged", True),
        (FeedbackClosed(1), "contactor", {"command": "closed", "feedback": "open"}),
        (FeedbackOpened(1), "contactor", {"command": "open", "feedback": "open"}),
    ):
        bench.follow(event)
        connectors = bench.state()["connectors"]
        assert isinstance(connectors, dict)
        assert connectors["1"][key] == value
