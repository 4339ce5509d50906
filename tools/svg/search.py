"""Finds a good layout: many option sets of ELK, judged by geometry, the best one kept.

Theory of operation: a first round tries every combination of the strategies that matter; when
nothing fits on A4, a second one repeats the best with smaller distances; the last round varies seed
and order of the best. Two processes work side by side. An answer that has
faults never wins over one that has none. The search ends when all candidates are tried or the time
is over; what it found is committed, so it need not find the same again on another machine.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import sqrt
from pathlib import Path
from typing import Final

from tools.svg import elk, geometry
from tools.svg.elk import LABELS, TIGHT, TURN, WRAP, Options
from tools.svg.node import ElkProcess
from tools.svg.paper import page_scale
from tools.svg.picture import Picture
from tools.svg.placement import Box, Placement

_PROCESSES: Final = 2
_LAYOUT_S: Final = 5.0
_BEST: Final = 10
_TIGHTENED: Final = 96
_TURNS: Final = 4
_SEEDS: Final = 2
_CYCLES: Final = ("DEPTH_FIRST", "GREEDY")
_PLACING: Final = ("NETWORK_SIMPLEX", "BRANDES_KOEPF", "LINEAR_SEGMENTS")
CAPTION: Final = 80
"""Height that the caption of a sheet may take in user units."""
_LAYERING: Final = ("NETWORK_SIMPLEX", "LONGEST_PATH", "MIN_WIDTH")
_LABELS: Final = ("MEDIAN_LAYER", "SPACE_EFFICIENT_LAYER")
_DIRECTIONS: Final = ("DOWN", "RIGHT")
_WRAPS: Final = ("124", "104", "150")
_LAYER_BOUND: Final = "5"

Make = Callable[[int], Picture]
"""Makes the picture with labels broken at this width, in user units."""
Progress = Callable[[int, int], None]
"""Told after each candidate: how many are done, of how many."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A judged placement; the lower ``score``, the better; ``faults`` forbid its use."""

    options: Options
    placement: Placement
    score: float
    faults: tuple[str, ...]


def first_round() -> tuple[Options, ...]:
    """Every combination of the strategies that matter."""
    common = tuple(product(_WRAPS, _DIRECTIONS, _CYCLES, _PLACING))
    on_lines = tuple(
        {
            **_strategies(wrap, direction, cycle, placing),
            "elk.layered.layering.strategy": layering,
            "elk.layered.edgeLabels.centerLabelPlacementStrategy": label,
        }
        for layering, label in product(_LAYERING, _LABELS)
        for wrap, direction, cycle, placing in common
    )
    as_boxes = tuple(
        {
            **_strategies(wrap, direction, cycle, placing),
            LABELS: "node",
            "elk.layered.layering.strategy": layering,
            "elk.layered.layering.coffmanGraham.layerBound": _LAYER_BOUND,
        }
        for layering in ("NETWORK_SIMPLEX", "COFFMAN_GRAHAM")
        for wrap, direction, cycle, placing in common
        if placing != "LINEAR_SEGMENTS"
    )
    return on_lines + as_boxes


def _strategies(wrap: str, direction: str, cycle: str, placing: str) -> dict[str, str]:
    return {
        WRAP: wrap,
        "elk.direction": direction,
        "elk.layered.cycleBreaking.strategy": cycle,
        "elk.layered.nodePlacement.strategy": placing,
        "elk.randomSeed": "1",
    }


def _tight_round(best: Sequence[Layout]) -> tuple[Options, ...]:
    """The best ones with smaller distances."""
    return tuple({**layout.options, **TIGHT} for layout in best)


def _last_round(best: Sequence[Layout]) -> tuple[Options, ...]:
    """The best ones with other seeds and another order of lines."""
    return tuple(
        {**layout.options, TURN: str(turn), "elk.randomSeed": str(seed)}
        for seed in range(1, 1 + _SEEDS)
        for turn in range(_TURNS)
        for layout in best
        if (turn, seed) != (0, 1)
    )


def judge(picture: Picture, options: Options, place: Placement) -> Layout:
    """The score of a placement: faults, crossings, bends, length, page, place of the beginning."""
    found = geometry.faults(picture, place)
    fit = _fit(place)
    area = sqrt(place.width * place.height)
    score = (
        1000.0 * len(found)
        + 16 * geometry.crossings(picture, place)
        + 3 * geometry.bends(place)
        + geometry.length(place) / 120
        + area / 8
        + (1200 * (1 / fit - 1) + 120 if fit < 1 else 0)
        + 40 * sum(_depth(key, place) for key in place.dots)
        + sum(_header_distance(key, place) for key in picture.crossed) / 2
    )
    return Layout(options, place, score, found)


def _fit(place: Placement) -> float:
    return page_scale(place.width, place.height + CAPTION)


def _depth(key: str, place: Placement) -> float:
    """How far below the top the beginning of a compound, or of the chart, is; 0 to 1."""
    around = place.boxes[key] if key else Box(0, 0, place.width, place.height)
    return (place.dots[key].y - around.y) / around.height


def _header_distance(key: str, place: Placement) -> int:
    own, card = place.boxes[key], place.headers[key]
    return card.x - own.x + card.y - own.y


def try_options(picture: Picture, options: Options, process: ElkProcess) -> Layout | None:
    """One candidate; None when ELK cannot lay it out with these options."""
    answer = process.layout(elk.graph(picture, options))
    if answer is None:
        return None
    try:
        place = geometry.polish(picture, elk.placement(picture, answer))
    except ValueError:
        return None
    return judge(picture, options, place)


@dataclass(slots=True)
class _Round:
    """Candidates shared by the workers, and what they found."""

    pictures: Mapping[str, Picture]
    candidates: Iterator[Options]
    until_s: float
    total: int
    tell: Callable[[], None]
    found: list[Layout] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, process: ElkProcess) -> None:
        """Take candidates until none is left or the time is over."""
        while time.monotonic() < self.until_s:
            with self.lock:
                options = next(self.candidates, None)
            if options is None:
                return
            layout = try_options(self.pictures[options[WRAP]], options, process)
            with self.lock:
                if layout is not None:
                    self.found.append(layout)
                self.tell()


def search(
    make: Make, node: Path, script: Path, limit_s: float, progress: Progress
) -> Layout | None:
    """The best layout within ``limit_s`` seconds; None when ELK laid out nothing at all."""
    until_s = time.monotonic() + limit_s
    first = first_round()
    total = len(first) + _TIGHTENED + _BEST * (_SEEDS * _TURNS - 1)
    pictures = {wrap: make(int(wrap)) for wrap in _WRAPS}
    done = 0

    def tell() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    with ElkProcess(node, script, _LAYOUT_S) as one, ElkProcess(node, script, _LAYOUT_S) as two:
        processes = (one, two)[:_PROCESSES]

        def run(candidates: Sequence[Options]) -> list[Layout]:
            return _run(_Round(pictures, iter(candidates), until_s, total, tell), processes)

        found = run(first)
        if not any(_fit(layout.placement) >= 1 for layout in found):
            found += run(_tight_round(_ranked(found)[:_TIGHTENED]))
        found += run(_last_round(_ranked(found)[:_BEST]))
    return min(found, key=_rank, default=None)


def _ranked(layouts: Sequence[Layout]) -> list[Layout]:
    """Best first, without those that came out the same as another one."""
    by_score = {round(layout.score, 3): layout for layout in sorted(layouts, key=_rank)}
    return [by_score[score] for score in sorted(by_score)]


def _rank(layout: Layout) -> tuple[float, str]:
    return layout.score, str(sorted(layout.options.items()))


def _run(work: _Round, processes: Sequence[ElkProcess]) -> list[Layout]:
    threads = [threading.Thread(target=work.work, args=(process,)) for process in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return work.found
