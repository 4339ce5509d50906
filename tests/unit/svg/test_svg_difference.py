"""The picture of a difference is both charts, and says in color and sign which is which."""

import re

import pytest
from svg_kit import HERE, TOY, toy

from cp.chart import ChartDocument, read_chart
from tools.desk.drawing import draw_difference
from tools.desk.pairing import ChartPair, pair_charts
from tools.desk.proof import prove_union
from tools.desk.telling import tell
from tools.desk.union import unite
from tools.svg import node
from tools.svg.export import ExportError, load_lock
from tools.svg.lock import Lock
from tools.svg.style import Theme
from tools.svg.values import timer_value

CHANGES = (
    ('cond = "is_late", target', 'cond = "is_late and is_ready", target'),
    ('on = "note", req', 'on = ["note", "count"], req'),
    ('  { event = "card_presented", target = "busy" },\n', ""),
    ('exit = "finish"', 'exit = "abandon"'),
    ('target = "resting", on = "stop"', 'target = "resting", on = "stop", req = "S 4.10"'),
)
LOCK = load_lock(HERE, "toy")


def changed(*changes: tuple[str, str]) -> ChartDocument:
    """The small chart with these changes."""
    text = TOY
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    document, findings = read_chart(text, "charts/toy.toml")
    assert document is not None and findings == ()
    return document


def drawn(pair: ChartPair, *locks: Lock, theme: Theme = Theme.AUTO) -> str:
    return draw_difference(pair, tell(pair), ("old", "new"), locks or (LOCK,), theme)


@pytest.fixture
def without_node(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise node.NodeMissingError("no Node")

    monkeypatch.setattr(node, "ready_elk", missing)


@pytest.mark.usefixtures("without_node")
@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_drawn_both_ways_without_node(change: tuple[str, str]) -> None:
    for pair in (pair_charts(toy(), changed(change)), pair_charts(changed(change), toy())):
        text = drawn(pair)
        assert prove_union(pair, unite(pair), timer_value, text) == ()


@pytest.mark.usefixtures("without_node")
def test_what_changed_has_a_color_a_sign_and_a_sentence() -> None:
    text = drawn(pair_charts(toy(), changed(*CHANGES)))
    assert '<g id="t-left-after_ev_settling_s-1" class="trans is-changed"' in text
    assert '<g id="t-was-busy-card_presented-2" class="trans is-removed"' in text
    assert 'class="state compound c1 is-changed"' in text
    assert '<tspan class="gu del">[is_late]</tspan>' in text
    assert '<tspan class="gu add">[is_late and is_ready]</tspan>' in text
    assert '<tspan class="ac del">finish</tspan>' in text
    assert '<tspan class="rq add">S 4.10</tspan>' in text
    assert (
        text.count('class="trans is-') + text.count('class="trans inner is-') == 3
    )  # another requirement is no other behavior
    assert ">~ toy: left, after ev_settling_s [is_late]: now only if is_late and is_ready<" in text
    assert ">\u2212 <" in text and "(5) " in text


@pytest.mark.usefixtures("without_node")
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"gu del">[is_late]', '"gu del">[is_early]', "as the old chart: transition left-after"),
        ('"gu add">[is_late and', '"gu add">[is_early and', "as the new chart: transition left"),
        ('"ac add">count', '"ac">count', "as the old chart: transition busy-card_presented-1"),
        ('"ac del">finish', '"ac">finish', "as the new chart: state busy"),
        (' is-removed"', '"', "as the new chart: transition was-busy-card_presented-2"),
        ('"ev del">card_presented', '"ev del">plugged', "as the old chart: transition busy-card"),
    ],
)
def test_a_lie_about_either_version_is_found(old: str, new: str, told: str) -> None:
    pair = pair_charts(toy(), changed(*CHANGES))
    text = drawn(pair)
    assert old in text
    wrong = prove_union(pair, unite(pair), timer_value, text.replace(old, new))
    assert any(told in item for item in wrong)


@pytest.mark.usefixtures("without_node")
def test_a_new_state_needs_node_and_says_so() -> None:
    more = changed(("[states.ended]", '[states.lost]\nin = "busy"\n\n[states.ended]'))
    with pytest.raises(ExportError, match="states or lines differ, so layout is needed: no Node"):
        drawn(pair_charts(toy(), more))


def test_new_and_gone_states_and_lines_are_laid_out() -> None:
    if node.find_node() is None or not node.elk_script().exists():
        pytest.skip("no Node or no elkjs: 'statecharge charts export' installs it")
    more = changed(
        (
            '{ event = "reset_ordered", target = "right" }',
            '{ event = "unlocked", target = "lost" }',
        ),
        ("[states.ended]", '[states.lost]\nin = "busy"\nenter = "cry"\n\n[states.ended]'),
    )
    text = drawn(pair_charts(toy(), more), theme=Theme.DARK)
    assert 'id="s-lost" class="state atomic c4 is-added"' in text
    assert 'id="l-busy-lost" class="line c1 is-added"' in text
    assert 'id="l-busy-right" class="line c1 is-removed"' in text
    assert ">+ added<" in text


@pytest.mark.parametrize("kind", ["added", "removed"])
def test_a_chart_that_is_new_or_gone_is_drawn_whole(kind: str) -> None:
    pair = pair_charts(None, toy()) if kind == "added" else pair_charts(toy(), None)
    groups = [line for line in drawn(pair).splitlines() if re.match('<g id="[stil]-', line)]
    assert len(groups) == 29
    assert all(f'is-{kind}"' in line for line in groups)
