"""What no scenario can have: storage that is slower than the line. Its window is sent at last."""

from pathlib import Path

from cp.vocabulary.effects import Effect, LoadCalls
from cp.vocabulary.words import Action
from tools.scenario import load, player, steps_before
from tools.scenario_station import Station

SCENARIO = Path(__file__).parents[1] / "scenarios" / "backlog_long.txt"


class SlowStorage(Station):
    """Reads the next window of messages when it is told to."""

    asked: Effect | None = None

    def _go_out(self, effect: Effect) -> None:
        if isinstance(effect, LoadCalls):
            self.asked = effect
        else:
            super()._go_out(effect)

    def read(self) -> None:
        assert self.asked is not None
        super()._go_out(self.asked)
        self._work()


def test_a_window_that_comes_when_nothing_is_left_is_sent() -> None:
    scenario = load(SCENARIO)
    station = player(scenario, SlowStorage)
    assert isinstance(station, SlowStorage)
    steps_before(scenario, station)
    for step in ("link down", "wait 70", "unplugged", "feedback_opened", "link up", "wait 99"):
        station.play(step)
    sent = station.server.books.messages
    before = len(sent(Action.METER_VALUES))
    assert before > 40 and sent(Action.STOP_TRANSACTION) == []

    station.read()

    assert len(sent(Action.METER_VALUES)) == 70 > before
    assert len(sent(Action.STOP_TRANSACTION)) == 1
