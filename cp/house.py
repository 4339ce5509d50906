"""What does not change while the controller runs: charts, routes, key table, product."""

from collections.abc import Mapping

from cp.behavior import BEHAVIORS
from cp.chart import Chart, Routes, load_charts
from cp.vocabulary.context import Product
from cp.vocabulary.keys import KeyTable
from cp.vocabulary.lean import dataclass


@dataclass(frozen=True, slots=True)
class House:
    """Everything a turn reads and never writes."""

    charts: Mapping[str, Chart]
    routes: Routes
    table: KeyTable
    product: Product


def load_house(
    sources: Mapping[str, str],
    routes_text: str,
    table: KeyTable,
    product: Product,
    *,
    checked: bool = False,
) -> House:
    """The house of these texts (chart name to text). Raises ChartError with every finding.

    ``checked``: the texts have passed the checks before, as those of a release have.
    """
    charts, routes = load_charts(sources, routes_text, BEHAVIORS, tuple(table), checked=checked)
    return House(charts, routes, table, product)
