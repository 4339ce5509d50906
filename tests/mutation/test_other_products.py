"""What no scenario can have: a product that restarts by its board, a station with a long name."""

from dataclasses import replace

from cp.chart import Machine, Step
from cp.vocabulary.context import Context, Product
from cp.vocabulary.effects import Reply, Restart
from cp.vocabulary.events import (
    DeadlinePassed,
    DiagnosticsRequested,
    Event,
    JournalReplayed,
    RestartOrdered,
)
from cp.vocabulary.facts import Facts
from cp.vocabulary.instants import Now
from cp.vocabulary.keys import GENERIC
from cp.vocabulary.records import Restored
from tools.scenario_house import NOON_S, house


def begun(name: str, product: Product, *events: Event) -> tuple[Machine, Step, Context]:
    chart = house().charts[name]
    now = Now(0.0, NOON_S, 1, 1000)
    context = Context(DeadlinePassed(), now, Facts(), GENERIC.defaults(), product, 0.5)
    machine, step = chart.begin(0, context)
    for event in events:
        machine, step = chart.step(machine, replace(context, event=event))
    return machine, step, context


def test_another_slot_takes_a_restart_of_the_board_where_the_product_says_so() -> None:
    for is_board in (True, False):
        product = Product(is_board_restarted=is_board)
        machine, _, context = begun(
            "charge_point", product, JournalReplayed(Restored()), RestartOrdered()
        )
        (goodbye,) = machine.timers
        later = replace(context, now=Now(goodbye.deadline_s, NOON_S, 1, 1000))
        _, step = house().charts["charge_point"].expire(machine, goodbye, later)
        assert Restart(is_board) in step.effects


def test_a_file_of_diagnostics_has_a_name_of_bounded_length() -> None:
    asked = DiagnosticsRequested("cs-1", "http://127.0.0.1/", None, None, None, None)
    _, step, _ = begun("diagnostics", Product(station_id="n" * 60), asked)
    (reply,) = (item for item in step.effects if isinstance(item, Reply))
    assert reply.payload == {"fileName": f"diagnostics-{'n' * 48}-1-20260101T120000Z.tar.gz"}
