"""The turn of the exploration is the real one, and what it forgets does not matter."""

import random
from dataclasses import replace

import pytest
from explore_kit import SHIPPED, normal, raw

from cp.chart import Machine
from cp.ocppj import dialogue as exchange
from cp.ocppj.outbound import encode_call, encode_reply
from cp.turn import Condition, Turn
from cp.vocabulary.effects import Effect, Reply, SendCall, SendFrame, SwitchAnswering, Transmit
from cp.vocabulary.events import Event
from cp.vocabulary.facts import Facts
from tools.explore.cells import State, View
from tools.explore.command import RUNS, Build
from tools.explore.job import NOTICES_MAX, JobModel
from tools.explore.model import Model, Move
from tools.explore.room import CHANCE, NOW, timeless
from tools.explore.turn import LeanTurn

BUILDS = [build for builds in RUNS.values() for build in builds]


class Twin(LeanTurn):
    """A lean turn that hands its events to a real turn as well, and keeps what that one says."""

    def start(self, model: Model) -> None:
        self.model = model
        self.real = Turn(model.house, condition_of(model, self.view), NOW, CHANCE)

    def _follow(self) -> None:
        """What the environment has just done to facts and keys; machines are the turn's own."""
        fresh = condition_of(self.model, self.view)
        self.real.now = replace(NOW, register_wh=self.room.register(self.view))
        self.real._read_clock()
        dialogue = exchange.abandon(self.real.condition.dialogue)
        machines = self.real.condition.machines
        self.real.condition = replace(
            self.real.condition,
            facts=fresh.facts,
            keys=fresh.keys,
            machines={**fresh.machines, **(machines if self.real.trace else {})},
            dialogue=dialogue,
        )

    def begin(self, name: str) -> None:
        self._follow()
        self.real.begin(name)
        super().begin(name)

    def take(self, event: Event) -> None:
        self._follow()
        self.real.take(event)
        super().take(event)

    def expire(self, name: str, timer: str) -> None:
        self._follow()
        machine = self.real.condition.machines[name]
        armed = next(item for item in machine.timers if f"{item.state} {item.event}" == timer)
        self.real.expire(name, armed)
        super().expire(name, timer)


def condition_of(model: Model, view: View) -> Condition:
    """The composed state as the controller would hold it."""
    machines = {name: view.get(cell) for name, cell in model.room.machines.items()}
    keys = model.room.defaults
    for name, cell in model.room.keys.items():
        keys = keys.with_value(name, view.get(cell))
    facts = {name: view.get(cell) for name, cell in model.room.facts.items()}
    present: dict[str, Machine] = {name: item for name, item in machines.items() if item}
    return Condition(present, Facts(**facts), keys, offset_s=NOW.utc_s)  # type: ignore[arg-type]


def sent(effect: Effect) -> Effect | None:
    """A lean effect as the real turn hands it out: frames encoded, dialogue effects consumed."""
    match effect:
        case Reply():
            return SendFrame(encode_reply(effect.call_id, dict(effect.payload)))
        case Transmit():
            return SendCall(encode_call(effect.call, effect.transaction_id, NOW))
        case SwitchAnswering():
            return None
    return effect


def compare(model: Model, move: Move, state: State) -> bool:
    """Run one move both ways from the same state and compare everything; False: not possible."""
    view = View(state, model.layout.values)
    twin = Twin(model.room, view)
    twin.start(model)
    if not move.run(twin):
        return False
    twin._follow()
    lean, real = condition_of(model, view), twin.real.condition
    assert {name: timeless(item) for name, item in real.machines.items()} == dict(lean.machines)
    assert real.facts == lean.facts
    assert real.keys == lean.keys
    assert [item for item in map(sent, twin.effects) if item] == twin.real.effects
    return True


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.__name__)
def test_lean_turn_is_the_real_turn(build: Build) -> None:
    model = build(SHIPPED(), ("deny-offline",))
    chance = random.Random(16)
    compared = 0
    for _ in range(4):
        state = model.starts()[0]
        for _ in range(30):
            moves = [*model.moves]
            chance.shuffle(moves)
            move = next(item for item in moves if compare(model, item, state))
            compared += 1
            after = raw(model, move, state)
            assert after is not None
            state = normal(model, after)
    assert compared == 120


def is_within_bounds(model: Model, state: State) -> bool:
    """One of three notices that is done leaves two: the same state again, where nothing is lost."""
    if not isinstance(model, JobModel):
        return True
    return len(View(state, model.layout.values).get(model.cells.notices)) <= NOTICES_MAX


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.__name__)
def test_what_is_forgotten_makes_no_difference(build: Build) -> None:
    """Whatever happens in a state as it is leads to the same as in the normalized state."""
    model = build(SHIPPED(), ("deny-offline",))
    moves = [move for move in model.moves if not move.is_cut and "restart" not in move.name]
    chance = random.Random(7)
    compared = 0
    for _ in range(8):
        state = model.starts()[0]
        for _ in range(25):
            plain = normal(model, state)
            choices = []
            for move in moves:
                after, after_plain = raw(model, move, state), raw(model, move, plain)
                assert (after is None) == (after_plain is None), move.name
                if after is None or after_plain is None:
                    continue
                assert normal(model, after) == normal(model, after_plain), move.name
                compared += 1
                if is_within_bounds(model, after):
                    choices.append(after)
            state = chance.choice(choices)
    assert compared > 1000
