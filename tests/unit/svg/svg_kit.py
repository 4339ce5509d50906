"""A small chart with every kind of notation, its layout, and random charts."""

import random
from pathlib import Path

from cp.chart import ChartDocument, StateDocument, TimerKind, TransitionDocument, read_chart
from tools.svg.export import Studio, load_lock
from tools.svg.writer import Sheet

HERE = Path(__file__).parent

TOY = """
name = "toy"
doc = "Everything that can be drawn, with <angles> & \\"quotes\\"."

[states.resting]
doc = "Nothing happens here."
silent = true
req = ["D-01", "D-02"]
transitions = [
  { event = "plugged", cond = "LONG", target = "left", on = ["one", "two"], req = "S 4.8" },
  { event = "plugged", target = "busy", doc = "The other case." },
  { event = "unplugged", target = "ended" },
]

[states.busy]
enter = ["begin", "go_on"]
exit = "finish"
transitions = [
  { event = "card_presented", cond = "is_ready", on = "note", req = ["T 01", "T 02"] },
  { event = "card_presented", target = "busy" },
  { event = "reset_ordered", target = "right" },
  { event = "unplugged", target = "resting", on = "stop" },
]

[states.left]
in = "busy"
status = "Charging"
transitions = [
  { after = "ev_settling_s", cond = "is_late", target = "right" },
  { every = "HeartbeatInterval", on = "beat" },
  { event = "plugged", target = "left" },
  { event = "energy_denied", target = "busy" },
]

[states.right]
in = "busy"
status = "Faulted"
transitions = [
  { after = "wait_s", target = "left" },
]

[states.ended]
final = true
enter = "say_goodbye"
""".replace("LONG", "is_ready and (has_key or not is_late)")


def toy(old: str = "", new: str = "") -> ChartDocument:
    """The small chart, with a part of its text replaced."""
    assert old in TOY
    document, findings = read_chart(TOY.replace(old, new) if old else TOY, "charts/toy.toml")
    assert document is not None
    assert findings == ()
    return document


def toy_studio(chart: ChartDocument | None = None) -> Studio:
    """Draws the small chart from its committed layout, ``toy.json``; never needs Node."""
    return Studio(chart or toy(), load_lock(HERE, "toy"), is_frozen=True)


def toy_svg(view: str = "full", chart: ChartDocument | None = None) -> str:
    """The small chart drawn."""
    return toy_studio(chart).draw(view, Sheet(has_table=view == "full"))


def random_chart(seed: int) -> ChartDocument:
    """Up to 14 states on three levels with transitions between any two of them."""
    dice = random.Random(seed)
    names = [f"s{index}" for index in range(dice.randint(3, 14))]
    parents: dict[str, str | None] = {}
    for index, name in enumerate(names):
        open_to = [key for key in names[:index] if _depth(parents, key) < 2]
        parents[name] = dice.choice([None, None, *open_to]) if index else None
    states = tuple(_random_state(dice, name, names, parents) for name in names)
    return ChartDocument(f"random{seed}", "Random.", "random.toml", "0" * 64, states)


def _depth(parents: dict[str, str | None], name: str) -> int:
    parent = parents[name]
    return 0 if parent is None else 1 + _depth(parents, parent)


def _random_state(
    dice: random.Random, name: str, names: list[str], parents: dict[str, str | None]
) -> StateDocument:
    transitions = []
    for count in range(dice.randint(0, 3)):
        kind = dice.choice([None, None, None, TimerKind.AFTER])
        key = "ev_settling_s" if kind else ""
        event = f"after_{key}" if kind else f"event_{count}"
        transitions.append(
            TransitionDocument(
                id=f"{name}-{event}-{count + 1}",
                source=name,
                event=event,
                guard=dice.choice(["", "is_a", "is_a and not is_b or has_something_long"]),
                target=dice.choice([None, *names]),
                actions=tuple(dice.sample(["act", "send_something", "note"], dice.randint(0, 3))),
                timer=kind,
                timer_key=key,
                doc="",
                req=tuple(dice.sample(["S 1", "T 22", "D-3"], dice.randint(0, 2))),
                line=count,
            )
        )
    children = tuple(child for child, parent in parents.items() if parent == name)
    actions = tuple(dice.sample(["in_one", "in_two"], dice.randint(0, 2)))
    return StateDocument(
        name,
        parents[name],
        children,
        actions,
        (),
        tuple(transitions),
        None,
        False,
        False,
        "",
        (),
        1,
    )
