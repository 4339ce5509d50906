"""Charts far nastier than real ones come out clean; needs Node and elkjs, as ``export`` does."""

import pytest
from svg_kit import random_chart

from tools.svg import geometry, node, search
from tools.svg.elk import WRAP
from tools.svg.proof import prove
from tools.svg.values import timer_value
from tools.svg.views import FOCUS, FULL, OVERVIEW, build
from tools.svg.wording import Wording
from tools.svg.writer import Sheet, write

OPTIONS = {
    "elk.direction": "DOWN",
    "elk.layered.cycleBreaking.strategy": "DEPTH_FIRST",
    "elk.randomSeed": "1",
    WRAP: "124",
}


@pytest.fixture(scope="module")
def elk() -> node.ElkProcess:
    program = node.find_node()
    script = node.elk_script()
    if program is None or not script.exists():
        pytest.skip("no Node or no elkjs: 'statecharge charts export' installs it")
    with node.ElkProcess(program, script, limit_s=10) as process:
        yield process


@pytest.mark.parametrize("seed", range(6))
def test_a_random_chart_is_drawn_as_it_is(elk: node.ElkProcess, seed: int) -> None:
    chart = random_chart(seed)
    compounds = [f"{FOCUS}{state.id}" for state in chart.states if state.children]
    for view in (FULL, OVERVIEW, *compounds[:1]):
        wording = Wording(chart, timer_value)
        picture = build(chart, view, wording)
        layout = search.try_options(picture, OPTIONS, elk)
        assert layout is not None
        assert layout.faults == ()
        assert geometry.faults(picture, layout.placement) == ()
        text = write(chart, picture, layout.placement, wording, Sheet(has_table=view == FULL))
        assert prove(chart, view, timer_value, text) == ()
