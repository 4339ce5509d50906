"""All charts and routes at once, and the charts of the product themselves."""

import pytest
from chart_kit import KEYS, OUTLET, Outlet, context

from cp.chart import Chart, load_charts
from cp.chart.routes import STATION_ACTIONS, Routes
from cp.vocabulary.errors import ChartError
from cp.vocabulary.events import EVENTS, UNROUTED, Plugged
from cp.vocabulary.words import Action

OUTLET_EVENTS = {"plugged", "unplugged", "ev_paused", "card_presented", "error_raised"}


def routes_text() -> str:
    routed = {event: '["outlet"]' if event in OUTLET_EVENTS else "[]" for event in EVENTS}
    lines = [f"{event} = {charts}" for event, charts in routed.items() if event not in UNROUTED]
    calls = [
        f'[calls.{action}]\nerror = "NotSupported"'
        for action in Action
        if action not in STATION_ACTIONS
    ]
    return "\n".join(["[machines]", "outlet = [1]", "[events]", *lines, *calls])


def load(text: str, routes: str, checked: bool = False) -> tuple[dict[str, Chart], Routes]:
    names = [name for name, _ in KEYS.values]
    return load_charts({"outlet": text}, routes, {"outlet": Outlet}, names, checked=checked)


@pytest.mark.parametrize("checked", [False, True])
def test_good_charts_run(checked: bool) -> None:
    charts, routes = load(OUTLET, routes_text(), checked)
    machine, _ = charts["outlet"].begin(1, context())
    assert routes.machines_for(Plugged(1)) == (machine.name,)


def test_every_finding_is_raised_at_once() -> None:
    text = OUTLET.replace('"offer"', '"ofer"').replace('status = "Faulted"', 'statsu = "Faulted"')
    routes = routes_text().replace("[calls.Reset]", "[calls.Rest]")
    with pytest.raises(ChartError) as caught:
        load(text, routes)
    told = str(caught.value)
    assert "charts/outlet.toml:" in told
    assert "key 'statsu' of state 'broken' is unknown; did you mean 'status'?" in told
    assert "action 'ofer' is no method of Outlet; did you mean 'offer'?" in told
    assert "charts/routes.toml:" in told
    assert "'Rest' is no action of OCPP 1.6; did you mean 'Reset'?" in told
    assert "action 'Reset' has no [calls.Reset]" in told


@pytest.mark.parametrize("chart", ['name = "outlet', "[states.a]\nin = 'a'\n"])
def test_a_chart_that_cannot_be_read_is_known_to_the_routes(chart: str) -> None:
    """One mistake is not told once more at each place that names the chart."""
    broken = f'name = "outlet"\ndoc = "Another one."\n{chart}'
    with pytest.raises(ChartError) as caught:
        load(broken, routes_text().replace("link_opened = []", 'link_opened = ["outlt"]'))
    own, routes = caught.value.findings
    assert own.file == "charts/outlet.toml"
    assert routes.message == "no chart 'outlt'; did you mean 'outlet'?"


def test_checked_leaves_out_the_checks_but_not_the_form() -> None:
    other_routes = routes_text().replace("plugged = [", "plugged = [] # [")
    load(OUTLET, other_routes, checked=True)
    with pytest.raises(ChartError, match="header '\\[' is refused"):
        load("[", routes_text(), checked=True)


def test_a_chart_is_called_like_its_file() -> None:
    with pytest.raises(ChartError, match="name is 'inlet', not 'outlet'"):
        load(OUTLET.replace('name = "outlet"', 'name = "inlet"'), routes_text())
