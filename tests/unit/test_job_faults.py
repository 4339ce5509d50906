"""A fault of our own in an update or an upload ends that job; the turn is run again without it."""

import pytest

from cp.behavior.firmware import Firmware
from cp.controller import EXIT_FAULT, Controller
from cp.reading import build_house, read_charts
from cp.vocabulary.context import Product
from cp.vocabulary.effects import EndProcess
from cp.vocabulary.effects_jobs import DropImage, StartDownload, StopDownload
from cp.vocabulary.events import BeginOrdered, DownloadFinished, InputsRead, UpdateRequested
from cp.vocabulary.instants import Now
from cp.vocabulary.keys import GENERIC

NOON = Now(0.0, 1_767_268_800.0, 0, 1000)
UPDATE = UpdateRequested("cs-1", "http://h/image", 0.0, None, None)


def downloading() -> Controller:
    house = build_house(read_charts(None), GENERIC, Product())
    controller = Controller(house, GENERIC.defaults())
    controller.begin([], [], NOON)
    controller.handle(InputsRead(), NOON)
    controller.handle(UPDATE, NOON)
    done = controller.expire(NOON)
    assert done is not None and StartDownload(1, "http://h/image") in done.outward
    return controller


def _broken(_self: Firmware) -> None:
    raise RuntimeError("seeded")


def state(controller: Controller, name: str) -> str:
    return controller.condition.machines[name].active[-1]


def test_the_rest_of_the_turn_is_not_lost_with_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Firmware, "tell_downloaded", _broken)
    controller = downloading()
    done = controller.handle(DownloadFinished(1), NOON)
    assert state(controller, "firmware.0") == "idle"
    assert {DropImage(), StopDownload()} <= set(done.safe)
    assert EndProcess(EXIT_FAULT) not in done.outward
    assert controller.fault is not None and controller.fault.machine == "firmware.0"
    lines = "\n".join(done.lines(0.0, str))
    assert "DownloadFailed" in lines
    assert lines.index("firmware_broken") < lines.index("download_finished number=1")


def test_a_transaction_begins_though_the_update_cannot_be_paused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[int] = []

    def raises_once(self: Firmware) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("seeded")
        self._emit(StopDownload())

    monkeypatch.setattr(Firmware, "stop_download", raises_once)
    controller = downloading()
    done = controller.handle(BeginOrdered("CARD", None), NOON)
    assert controller.condition.facts.has_open_transaction
    assert state(controller, "firmware.0") == "idle"
    assert StopDownload() in done.safe


def test_a_job_that_cannot_even_be_ended_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Firmware, "tell_downloaded", _broken)
    monkeypatch.setattr(Firmware, "end_update", _broken)
    controller = downloading()
    done = controller.handle(DownloadFinished(1), NOON)
    assert done.outward == (EndProcess(EXIT_FAULT),)
