"""The picture of the routes is the routes."""

import pytest

from cp.behavior import BEHAVIORS
from tools.chart_files import read_files
from tools.svg.routes_picture import RoutesPicture, draw_routes
from tools.svg.routes_proof import prove_routes
from tools.tellers import tellers


@pytest.fixture(scope="module")
def picture() -> RoutesPicture:
    files = read_files()
    assert files.routes is not None
    return RoutesPicture(files.routes, files.routes_text, tellers(BEHAVIORS))


def test_it_reads_as_the_routes(picture: RoutesPicture) -> None:
    assert prove_routes(picture, draw_routes(picture)) == ()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (">plugged<", ">unplugged<", "event unplugged is drawn twice"),
        (">ev_asked<", ">ev_begged<", "event ev_begged reads"),
        ('class="ring"', 'class="ring" cx="1"', "is no XML"),
        (">Reset<", ">Restart<", "the CALLs read"),
        (">vehicle<", ">car<", "the columns read"),
        ('<path class="eye"', '<path class="no"', "reads"),
    ],
)
def test_a_changed_word_or_mark_is_found(
    picture: RoutesPicture, old: str, new: str, told: str
) -> None:
    text = draw_routes(picture)
    assert old in text
    assert told in "\n".join(prove_routes(picture, text.replace(old, new, 1)))


def test_who_tells_is_read_from_the_behavior() -> None:
    told = tellers(BEHAVIORS)
    assert told["link_restored"] == ("link",)
    assert "reporting" in told["call_created"]
    assert "plugged" not in told
