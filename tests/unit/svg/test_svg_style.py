"""Colors, paper and text sizes."""

from itertools import product

import pytest
from svg_kit import toy_studio

from cp.vocabulary.words import ChargePointStatus
from tools.svg import metrics, paper
from tools.svg.style import (
    CONTRASTS,
    HUE_COLORS,
    PALETTE,
    STATUS_COLORS,
    Theme,
    contrast,
    css,
)
from tools.svg.wording import Wording
from tools.svg.writer import Sheet, write


@pytest.mark.parametrize("theme", [0, 1])
def test_every_text_can_be_read(theme: int) -> None:
    for word, ground in CONTRASTS:
        assert contrast(PALETTE[word][theme], PALETTE[ground][theme]) >= 4.5, (word, ground)


@pytest.mark.parametrize("theme", [0, 1])
def test_every_line_can_be_seen(theme: int) -> None:
    for pair, ground in product(HUE_COLORS, ("paper", "compound", "box", "head")):
        assert contrast(pair[theme], PALETTE[ground][theme]) >= 4.5, (pair, ground)


def test_every_status_has_a_badge_that_can_be_read() -> None:
    assert STATUS_COLORS.keys() == set(ChargePointStatus)
    for color in STATUS_COLORS.values():
        assert contrast("#ffffff", color) >= 4.5


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_themes() -> None:
    assert "prefers-color-scheme" in css(Theme.AUTO)
    assert "prefers-color-scheme" not in css(Theme.LIGHT)
    assert PALETTE["paper"][1] not in css(Theme.LIGHT)
    assert PALETTE["paper"][1] in css(Theme.DARK)
    studio = toy_studio()
    dark = write(
        studio.chart,
        studio.picture("full"),
        studio.placement("full"),
        Wording(studio.chart, lambda _: ""),
        Sheet(Theme.DARK),
    )
    assert 'class="sc dark"' in dark


def test_widths_are_those_of_helvetica() -> None:
    assert metrics.text_width("Hello", 1000) == 722 + 556 + 222 + 222 + 556
    assert metrics.text_width("Hello", 1000, is_bold=True) == 722 + 556 + 278 + 278 + 611


def test_paper() -> None:
    assert paper.smallest_paper(560, 800) == "A4"
    assert paper.smallest_paper(1400, 1000) == "A4"
    assert paper.smallest_paper(1400, 2000) == "A3"
    assert paper.smallest_paper(3000, 2000) is None
    assert paper.text_size_pt(198, 285) == pytest.approx(72 / 25.4 * 11)
    assert "size:A4 landscape" in paper.print_rule(1400, 1000)
    assert "size:A4 portrait" in paper.print_rule(900, 1200)
    assert paper.print_rule(3000, 2000) == ""
