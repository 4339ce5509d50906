"""PWM, ADC and comparators of the control pilot, on files that behave as the kernel's."""

from dataclasses import replace
from pathlib import Path

import pytest

from drivers.device_faults import DeviceError
from drivers.gpio.line import Line
from drivers.pilot.adc import AdcSource
from drivers.pilot.comparators import ComparatorsConfig, ComparatorSource
from drivers.pilot.levels import PilotState
from drivers.pilot.pwm import Pwm, PwmConfig
from drivers.pilot.source import Look
from tests.contract.gpio_boards import MemoryBoard, line
from tests.contract.pilot_tree import PilotTree, export, strict_write

# ---- PWM -----------------------------------------------------------------------------------------


def state_of(output: Path) -> dict[str, str]:
    return {
        name: (output / name).read_text() for name in ("period", "polarity", "duty_cycle", "enable")
    }


def test_a_new_output_is_exported_and_driven_in_the_order_that_the_kernel_wants(
    tmp_path: Path,
) -> None:
    tree = PilotTree(tmp_path, is_exported=False)
    pwm = Pwm(replace(tree.pwm, is_inverted=True), strict_write)
    assert pwm.look() == f"{tree.output} is free"
    pwm.drive(100.0)
    assert state_of(tree.output) == {
        "period": "1000000",
        "polarity": "inversed",
        "duty_cycle": "1000000",
        "enable": "1",
    }
    pwm.drive(53.3333)
    assert tree.duty() == pytest.approx(53.3333)
    pwm.drive(0.0)
    assert tree.duty() == 0
    assert pwm.look() == f"{tree.output} is driven at 0.0%"


def test_the_strict_files_refuse_the_wrong_order(tmp_path: Path) -> None:
    export(tmp_path / "pwm0")
    with pytest.raises(DeviceError, match="the device cannot do that"):
        strict_write(tmp_path / "pwm0" / "polarity", "inversed")


@pytest.mark.parametrize("is_inverted", [False, True])
def test_an_output_that_runs_already_is_taken_over(tmp_path: Path, is_inverted: bool) -> None:
    tree = PilotTree(tmp_path)
    for name, value in (("period", "20000000"), ("duty_cycle", "15000000"), ("enable", "1")):
        (tree.output / name).write_text(value)
    Pwm(replace(tree.pwm, is_inverted=is_inverted), strict_write).drive(50.0)
    assert state_of(tree.output)["period"] == "1000000"
    assert state_of(tree.output)["enable"] == "1"
    assert tree.duty() == 50


def test_an_output_of_our_own_is_not_interrupted_by_a_restart(tmp_path: Path) -> None:
    tree = PilotTree(tmp_path)
    Pwm(tree.pwm, strict_write).drive(53.0)
    written: list[tuple[str, str]] = []

    def note(file: Path, text: str) -> None:
        written.append((file.name, text))
        strict_write(file, text)

    Pwm(tree.pwm, note).drive(53.0)
    assert written == [("period", "1000000"), ("duty_cycle", "530000"), ("enable", "1")]


def test_missing_hardware_is_named_with_its_mend(tmp_path: Path) -> None:
    tree = PilotTree(tmp_path)
    for config, words in (
        (PwmConfig(str(tmp_path / "pwmchip7")), "pwmchip7 is not there: check the path"),
        (replace(tree.pwm, channel=2), "has no channel 2: channel is from 0 to 1"),
    ):
        with pytest.raises(DeviceError, match=words):
            Pwm(config).drive(100.0)
        with pytest.raises(DeviceError, match=words):
            Pwm(config).look()


# ---- ADC -----------------------------------------------------------------------------------------


def test_an_adc_sees_both_halves_in_volts_of_the_pilot(tmp_path: Path) -> None:
    tree = PilotTree(tmp_path)
    source = AdcSource(tree.adc)
    assert source.is_diode_seen
    for volts, low_v, look in (
        (12.0, -12.0, Look(PilotState.A, True)),
        (9.1, -12.2, Look(PilotState.B, True)),
        (6.0, -8.8, Look(PilotState.C, False)),
        (3.0, -12.0, Look(PilotState.D, True)),
        (0.0, 0.0, Look(PilotState.E, False)),
        (-12.0, -12.0, Look(PilotState.F, True)),
    ):
        tree.set_volts(volts, low_v)
        assert source.look() == look
        assert source.volts == f"{volts:.1f} V / {low_v:.1f} V"
    source.close()


def test_offset_and_scale_of_a_channel_come_before_those_of_all(tmp_path: Path) -> None:
    tree = PilotTree(tmp_path)
    (tree.device / "in_voltage0_scale").write_text("2.0")
    (tree.device / "in_voltage_offset").write_text("-100")
    tree.write_raw(0, 3100)
    source = AdcSource(replace(tree.adc, low_channel=None, gain=1.5, shift_v=0.5))
    assert not source.is_diode_seen
    assert source.look() == Look(PilotState.B)  # (3100 - 100) * 2 mV * 1.5 + 0.5 V
    assert source.volts == "9.5 V"
    source.close()


def test_one_channel_that_sees_the_wave_gives_both_halves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = PilotTree(tmp_path)
    config = replace(tree.adc, low_channel=0, samples=40)
    assert config.mistakes() == ()
    pauses: list[float] = []

    def pause(time_s: float) -> None:
        """The wave is high for 10 of 40 samples."""
        pauses.append(time_s)
        tree.set_volts(6.0 if len(pauses) % 40 < 10 else -12.0)

    monkeypatch.setattr("drivers.pilot.adc.time.sleep", pause)
    source = AdcSource(config)
    source.look()
    assert source.look() == Look(PilotState.C, True)
    assert sum(pauses) / 2 > 0.003, "samples are spread over some periods of 1 ms"
    source.close()


def test_what_an_adc_cannot_say_is_named(tmp_path: Path) -> None:
    tree = PilotTree(tmp_path)
    with pytest.raises(DeviceError, match=r"IIO device .* is not there: check the path"):
        AdcSource(replace(tree.adc, device=str(tmp_path / "iio:device9"))).look()
    with pytest.raises(DeviceError, match=r"in_voltage5_raw cannot be opened \(No such file"):
        AdcSource(replace(tree.adc, channel=5)).look()
    tree.write_raw(0, "garbage")
    source = AdcSource(tree.adc)
    with pytest.raises(DeviceError, match="in_voltage0_raw holds no number"):
        source.look()
    source.close()


def test_mistakes_of_an_adc_are_found(tmp_path: Path) -> None:
    adc = PilotTree(tmp_path).adc
    assert adc.mistakes() == ()
    for wrong, words in (
        (replace(adc, samples=0), "samples is from 1"),
        (replace(adc, gain=0.0), "gain is the volts"),
        (replace(adc, low_channel=0, samples=39), "samples is 40 or more"),
        (replace(adc, thresholds=replace(adc.thresholds, a_b_v=0.0)), "thresholds fall"),
    ):
        assert words in " ".join(wrong.mistakes())


# ---- comparators ---------------------------------------------------------------------------------

TWO = ComparatorsConfig(
    (line("above_10v5"), line("above_7v5")), {"11": "A", "01": "B", "00": "C"}, line("diode_ok")
)


def test_comparators_mean_what_the_truth_table_says() -> None:
    board = MemoryBoard()
    source = ComparatorSource(TWO, board.open_chips)
    assert source.look() == Look(PilotState.C, False)
    board.set_input("above_7v5", True)
    board.set_input("diode_ok", True)
    assert source.look() == Look(PilotState.B, True)
    board.set_input("above_10v5", True)
    assert source.look() == Look(PilotState.A, True)
    board.set_input("above_7v5", False)
    assert source.look() == Look(PilotState.E, True), "levels that nothing means: a broken circuit"
    source.close()
    assert not board.owned


def test_comparators_that_are_lost_are_opened_again() -> None:
    board = MemoryBoard()
    source = ComparatorSource(replace(TWO, diode_ok=None), board.open_chips)
    assert source.look() == Look(PilotState.C)
    board.unplug()
    with pytest.raises(DeviceError, match="gone with its chip"):
        source.look()
    source.close()
    board.plug()
    assert source.look() == Look(PilotState.C)
    source.close()


def test_mistakes_of_comparators_are_found() -> None:
    assert TWO.mistakes() == ()
    one = (Line("evse", 1),)
    for wrong, words in (
        (replace(TWO, lines=one, truth={"1": "A", "0": "B"}), "lines are two or three, not 1"),
        (replace(TWO, truth={"111": "A", "01": "B", "00": "C"}), "'111' is not one 0 or 1"),
        (replace(TWO, truth={"1x": "A", "01": "B", "00": "C"}), "'1x' is not one 0 or 1"),
        (replace(TWO, truth={"11": "A", "01": "B", "00": "G"}), "00 is a state from A to F"),
        (replace(TWO, truth={"11": "A", "01": "B"}), "nothing means C"),
    ):
        assert words in " ".join(wrong.mistakes())
