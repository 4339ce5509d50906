"""One seeded bug."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from cp.chart import ChartDocument, Routes

Place = tuple[str, str, str]
"""What a scenario touches: the kind of element, its chart or file, and its id or line."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """What the charts and routes are with the bug in them."""

    documents: dict[str, ChartDocument]
    routes: Routes


@dataclass(frozen=True, slots=True)
class Mutant:
    """``name`` is unique and stays when other places change: ``CHART: KIND PLACE``.

    ``places``  a scenario that touches none of them cannot find the bug.
    ``seed``    the charts with the bug, from those without; None: the bug is in the code.
    ``patch``   the bug in the code, while the context lasts; None: it is in the charts.
    """

    name: str
    chart: str
    kind: str
    places: frozenset[Place]
    seed: Callable[[Seeded], Seeded] | None = None
    patch: Callable[[], AbstractContextManager[None]] | None = None
