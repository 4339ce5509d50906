"""The window of the outbox: what is stored behind it while it is being read must be read too.

Simulation found the loss: a message that was created between the order to read and its answer was
in neither, and later ones overtook it (``S 3.7``).
"""

from dataclasses import replace

import pytest

from cp.controller import Controller
from cp.domain.outbox import Outbox, added
from cp.reading import build_house, read_charts
from cp.vocabulary.context import Product
from cp.vocabulary.effects import LoadCalls
from cp.vocabulary.events import CallsLoaded
from cp.vocabulary.instants import Now
from cp.vocabulary.keys import GENERIC
from cp.vocabulary.requests import Lane, MeterValues

NOON = Now(0.0, 1_767_268_800.0, 0, 1000)
MESSAGE = MeterValues(1, None, ())


@pytest.mark.parametrize("is_loading", [True, False])
def test_a_message_behind_a_window_that_is_read_is_noted(is_loading: bool) -> None:
    outbox, _ = added(replace(Outbox(stored_more=True), is_loading=is_loading), Lane.QUEUE, MESSAGE)
    assert (outbox.stored_more, outbox.queue) == (True, ())
    assert outbox.is_outgrown is is_loading


@pytest.mark.parametrize("is_outgrown", [True, False])
def test_the_window_is_read_again_when_it_was_outgrown(is_outgrown: bool) -> None:
    controller = Controller(build_house(read_charts(None), GENERIC, Product()), GENERIC.defaults())
    controller.begin([], [], NOON)
    machine = controller.condition.machines["delivery.0"]
    outbox = Outbox(stored_more=True, is_loading=True, is_outgrown=is_outgrown)
    fields = replace(machine.fields, outbox=outbox)  # type: ignore[type-var]
    controller.condition.machines["delivery.0"] = replace(machine, fields=fields)
    done = controller.handle(CallsLoaded((), False), NOON)
    assert any(isinstance(item, LoadCalls) for item in done.outward) is is_outgrown
