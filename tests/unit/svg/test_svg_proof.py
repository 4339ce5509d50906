"""The proof finds every lie that a picture could tell."""

import pytest
from svg_kit import toy, toy_studio, toy_svg

from tools.svg.export import ExportError
from tools.svg.proof import prove
from tools.svg.readback import read_svg
from tools.svg.values import timer_value

VIEWS = ("full", "overview", "focus:busy")


def findings(text: str, view: str = "full") -> str:
    return "\n".join(prove(toy(), view, timer_value, text))


@pytest.mark.parametrize("view", VIEWS)
def test_a_picture_of_ours_is_the_program(view: str) -> None:
    assert findings(toy_svg(view), view) == ""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"gu">[is_late]<', '"gu">[is_early]<', "transition left-after_ev_settling_s-1 reads"),
        ('"ac">one<', '"ac">two<', "transition resting-plugged-1 reads"),
        ('"ac">go_on<', '"ac">go_off<', "state busy is missing"),
        ('"ev">reset_ordered<', '"ev">reset_done<', "transition busy-reset_ordered-1 reads"),
        ('"tv">= 1 s<', '"tv">= 2 s<', "transition left-after_ev_settling_s-1 reads"),
        ('"kw">every <', '"kw">after <', "transition left-every_HeartbeatInterval-1 reads"),
        (">Charging<", ">Faulted<", "state left is missing"),
        (">no status<", ">Available<", "state resting is missing"),
        ('"rq">T 02<', '"rq">T 03<', "transition busy-card_presented-1 reads"),
        ('"rq">D-02<', '"rq">D-03<', "state resting is missing"),
        ('"kw">[else]<', '"kw">on time<', "on time"),
        ('id="row-t-left-plugged-1"', 'id="row-t-left-plugged-2"', "row left-plugged-1"),
        (">(stays)<", ">busy<", "row busy-card_presented-1 reads"),
        ('<g id="drawing"', '<script/><g id="drawing"', "contains <script"),
        ('href="#row-t-busy-unplugged-1"', 'href="#nowhere"', "link #nowhere"),
    ],
)
def test_a_changed_word_is_found(old: str, new: str, told: str) -> None:
    text = toy_svg()
    assert old in text
    assert told in findings(text.replace(old, new, 1))


def test_a_stranger_in_the_drawing_is_found() -> None:
    text = toy_svg().replace('<g id="lines"', '<text x="1">and more</text><g id="lines"', 1)
    assert "'and more' belongs to nothing" in findings(text)


def test_a_missing_and_a_doubled_transition_are_found() -> None:
    lines = toy_svg().split("\n")
    first = next(i for i, line in enumerate(lines) if 'id="t-busy-unplugged-1"' in line)
    last = first + lines[first:].index("</g>")
    group = lines[first : last + 1]
    missing = "\n".join(lines[:first] + lines[last + 1 :])
    doubled = "\n".join(lines[:first] + group + lines[first:])
    assert "transition busy-unplugged-1 is not drawn" in findings(missing)
    assert "transition busy-unplugged-1 is drawn 2 times" in findings(doubled)
    assert "id t-busy-unplugged-1 occurs 2 times" in findings(doubled)


def test_source_and_target_are_believed_from_lines_only() -> None:
    text = toy_svg()
    box = toy_studio().placement("full").boxes["ended"]
    old = f'class="box" x="{box.x}" y="{box.y}"'
    assert old in text
    moved = text.replace(old, f'class="box" x="{box.x + 300}" y="{box.y}"')
    assert "transition resting-unplugged-1 reads" in findings(moved)


def test_a_state_outside_of_its_parent_is_found() -> None:
    text = toy_svg()
    box = toy_studio().placement("full").boxes["busy"]
    old = f'y="{box.y}" width="{box.width}" height="{box.height}"'
    assert old in text
    assert "state left is missing" in findings(
        text.replace(old, f'y="{box.y}" width="{box.width}" height="60"')
    )


def test_what_is_no_xml_is_found() -> None:
    assert "no XML" in findings(toy_svg()[:-8])


def test_changing_one_guard_changes_one_transition() -> None:
    other = toy('is_late", target = "right', 'is_tale", target = "right')
    before, after = read_svg(toy_svg()), read_svg(toy_svg("full", other))
    assert before.states == after.states
    changed = [
        one[0] for one, two in zip(before.transitions, after.transitions, strict=True) if one != two
    ]
    assert changed == ["left-after_ev_settling_s-1"]
    assert [
        one[0] for one, two in zip(before.rows, after.rows, strict=True) if one != two
    ] == changed


def test_a_picture_that_lies_is_not_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.svg.notation.FIXED", frozenset())
    monkeypatch.setattr("tools.svg.readback.FIXED", frozenset())
    with pytest.raises(ExportError, match="picture of view full is wrong"):
        toy_svg()
