"""Report, replay and watch as somebody sees them, in a headless Chromium.

``make test-browser``. Pictures of all pages, light and dark, are left in the folder that
``BROWSER_PICTURES`` names, for eyes.
"""

import asyncio
import os
import shutil
import subprocess
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from chromium import PROGRAM, BrowserError, Tab, browser

from tools.desk.replay import main as replay
from tools.desk.report import main as report
from tools.live.watch import find_source, make_server
from tools.net.csms_server import CentralSystem
from tools.net.station_process import StationProcess

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium on this machine")
T = TypeVar("T")
TAG = "04A1B2C3D4"


class Stand:
    """A central system and a station on its bench, driven from outside of their loop."""

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.central = CentralSystem()
        self.wait(self.central.start())
        self.station = StationProcess(folder, self.central.url, time_scale=10.0)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def close(self) -> None:
        self.wait(self.station.kill())
        self.wait(self.central.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(autouse=True)
def _no_error(tab: Tab) -> Iterator[None]:
    """Nothing that a page does may raise, or be forbidden by its own policy."""
    tab.errors.clear()
    tab.darken("light")
    yield
    assert tab.errors == []


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    found = Stand(tmp_path)
    try:
        found.wait(found.station.start())
        found.wait(found.station.until_ready())
        yield found
    finally:
        found.close()


def keep(tab: Tab, name: str) -> None:
    """Both schemes as pictures, where somebody wants them."""
    folder = os.environ.get("BROWSER_PICTURES")
    for scheme in ("light", "dark") if folder else ():
        tab.darken(scheme)
        tab.picture(Path(folder or "") / f"{name}.{scheme}.png")
    tab.darken("light")


def ground(tab: Tab, selector: str) -> list[int]:
    """The color behind an element, or its fill."""
    code = f"getComputedStyle(document.querySelector('{selector}'))"
    color = tab.ask(f"{code}.fill.startsWith('rgb(0, 0, 0') ? {code}.backgroundColor : {code}.fill")
    return [int(part) for part in color[color.index("(") + 1 : -1].split(",")[:3]]


def is_dark(color: list[int]) -> bool:
    return sum(color) < 3 * 100


# ---- report --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def report_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("report") / "report.html"
    assert report(["-o", str(file), "--date", "2026-01-01"]) == 0
    return file


def test_search_and_links_between_rows_and_drawings(tab: Tab, report_file: Path) -> None:
    tab.open(report_file.as_uri())
    keep(tab, "report")
    tab.key("/")
    assert tab.ask("document.activeElement.id") == "search"
    tab.write("contactor feedback_closed closing")
    first = tab.until("document.querySelector('#found a')?.getAttribute('href')")
    assert first.startswith("#contactor--row-t-closing")
    tab.click("#found a")
    tab.until(f"location.hash === '{first}'")
    row = tab.ask("document.querySelector(':target').getBoundingClientRect().top")
    assert 0 <= row < 950
    tab.click(f"{first} a")
    tab.until("location.hash.startsWith('#contactor--t-closing')")
    keep(tab, "report-drawing")
    box = tab.ask("document.querySelector(':target').getBoundingClientRect().toJSON()")
    assert 0 < box["top"] < 950 and 0 < box["left"] < 1500
    tab.click(":target a")
    tab.until(f"location.hash === '{first}'")
    tab.ask("document.getElementById('search').value = 'begin_ordered firmware'; find()")
    texts = tab.ask("[...document.querySelectorAll('#found a')].map((link) => link.textContent)")
    assert any("begin_ordered \u00b7 A transaction begins" in text for text in texts)
    tab.ask("document.getElementById('search').value = ''; find()")
    assert tab.ask("document.querySelectorAll('#found a').length") == 0


def test_a_requirement_leads_to_its_row(tab: Tab, report_file: Path) -> None:
    tab.open(report_file.as_uri())
    tab.click("#contactor--row-t-closed-ev_paused-1 a[href='#req-AQ-6']")
    assert tab.until("document.querySelector(':target')?.cells[0].textContent") == "AQ-6"
    tab.open(f"{report_file.as_uri()}#certificate")
    keep(tab, "report-certificate")


def test_the_dark_scheme_colors_page_and_drawings(tab: Tab, report_file: Path) -> None:
    tab.open(report_file.as_uri())
    for selector in ("body", "#chart-vehicle .bg", "#chart-vehicle .box"):
        tab.darken("light")
        assert not is_dark(ground(tab, selector)), selector
        tab.darken()
        assert is_dark(ground(tab, selector)), selector


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="there is no pdftotext")
def test_paper_has_text_that_can_be_selected(tab: Tab, report_file: Path, tmp_path: Path) -> None:
    tab.open(report_file.as_uri())
    tab.darken()  # paper stays white
    tab.pdf(tmp_path / "report.pdf")
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "report.pdf", "-"], capture_output=True, check=True
    ).stdout.decode()
    for words in ("Statecharge: the behavior", "contactor_closing_s", "suspended_ev", "AQ-7.2"):
        assert words in text, words
    assert "search (press /)" not in text
    pages = text.count("\f")
    assert 40 < pages < 150


# ---- replay --------------------------------------------------------------------------------------


def leaf(tab: Tab, machine: str) -> str:
    return str(tab.ask(f"document.querySelector('[data-machine=\"{machine}\"] span').textContent"))


def lit(tab: Tab) -> list[str]:
    """Ids of what shines on the diagram that is shown."""
    code = "[...document.querySelectorAll('figure.shown .is-active,figure.shown .trans.is-now')]"
    return list(tab.ask(f"{code}.map((item) => item.id)"))


def test_stepping_through_a_replay(tab: Tab, tmp_path: Path, stand: Stand) -> None:
    charge(stand)
    stand.wait(stand.station.stop())
    assert replay([str(stand.station.file), "-o", str(tmp_path / "out")]) == 0
    tab.open((tmp_path / "out" / "index.html").as_uri())
    assert tab.ask("document.getElementById('verdict').textContent") == "today's charts do the same"
    count = tab.ask("moments.length")
    assert leaf(tab, "vehicle.1") == "absent" and leaf(tab, "connector.1") == "off"
    tab.key("End")
    assert tab.ask("cursor") == count - 1
    tab.key("Home")
    for _ in range(5):
        tab.key("ArrowRight")
    assert tab.ask("cursor") == 5
    tab.key("ArrowLeft")
    assert tab.ask("cursor") == 4
    at = tab.ask(
        "moments.findIndex((m) => machines[m.machine] === 'contactor.1' && m.leaf === 'closed')"
    )
    tab.ask(f"go({at - 1})")
    before = leaf(tab, "contactor.1")
    tab.key("ArrowRight")
    assert (before, leaf(tab, "contactor.1")) == ("closing", "closed")
    assert lit(tab) == ["contactor--s-closed", "contactor--t-closing-feedback_closed-1"]
    keep(tab, "replay")
    assert "contactor.1 feedback_closed" in tab.ask(
        "document.querySelector('.line.now').textContent"
    )
    tab.key("ArrowLeft")
    assert leaf(tab, "contactor.1") == "closing"
    tab.ask("const s = byId('slider'); s.value = s.max; s.dispatchEvent(new Event('input'))")
    assert tab.ask("cursor") == count - 1
    tab.key("Home")
    tab.ask("byId('speed').value = '16'")
    tab.key(" ")
    tab.until("cursor > 10")
    tab.key(" ")
    tab.ask(
        "byId('lanes').querySelector('svg').dispatchEvent(new MouseEvent('click', {clientX: 9e4}))"
    )
    assert tab.ask("moments[cursor].turn") == tab.ask("turns.length - 1")
    tab.click("#all")
    keep(tab, "replay-all")
    assert tab.ask("document.querySelectorAll('figure .is-active').length") >= 15


def charge(stand: Stand) -> None:
    station = stand.station
    for cmd, fields in (
        ("plug_in", {}),
        ("ev_ready", {"on": True}),
        ("swipe", {"token": TAG}),
    ):
        stand.wait(station.do(cmd, **fields))
    stand.wait(station.until_status("Charging"))


# ---- watch ---------------------------------------------------------------------------------------


@pytest.fixture
def page(stand: Stand) -> Iterator[str]:
    found = find_source(str(stand.station.file))
    assert found is not None
    server = make_server(*found, 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.port}/"
    server.feed.close()
    server.shutdown()
    server.server_close()
    thread.join()


def shows(tab: Tab, words: str) -> None:
    tab.until(f"document.getElementById('statuses').textContent.includes('{words}')")


def press(tab: Tab, command: str) -> None:
    tab.click(f"[data-do='{command}']")


def test_a_whole_visit_on_the_live_page(tab: Tab, stand: Stand, page: str) -> None:
    tab.open(page)
    shows(tab, "1: Available")
    assert leaf(tab, "connector.1").startswith("available")
    press(tab, '{"cmd":"plug_in"}')
    shows(tab, "1: Preparing")
    press(tab, '{"cmd":"ev_ready","on":true}')
    press(tab, '{"cmd":"swipe","token":"#token"}')
    shows(tab, "1: Charging")
    tab.until("document.getElementById('connector--s-charging').classList.contains('is-active')")
    keep(tab, "watch")
    assert "has_open_transaction" in tab.ask("document.getElementById('facts').textContent")
    press(tab, '{"cmd":"fault","connector":1,"code":"#code"}')
    shows(tab, "1: Faulted")
    press(tab, '{"cmd":"clear_fault","connector":1,"code":"#code"}')
    shows(tab, "1: Charging")
    press(tab, '{"cmd":"link","up":false}')
    tab.until("!document.getElementById('statuses').textContent.includes('link online')")
    press(tab, '{"cmd":"link","up":true}')
    shows(tab, "link online")
    press(tab, '{"cmd":"swipe","token":"#token"}')
    shows(tab, "1: Finishing")
    press(tab, '{"cmd":"plug_out"}')
    shows(tab, "1: Available")
    assert TAG not in tab.ask("document.getElementById('lines').textContent")
    tab.ask("document.getElementById('token').value = 'x'.repeat(40)")
    press(tab, '{"cmd":"swipe","token":"#token"}')
    tab.until("document.getElementById('said').textContent.includes('1 to 20 characters')")
    (transaction,) = stand.central.books.transactions.values()
    assert transaction.id_tag == TAG


def test_a_power_cut_and_the_way_back(tab: Tab, stand: Stand, page: str) -> None:
    tab.open(page)
    shows(tab, "1: Available")
    press(tab, '{"cmd":"plug_in"}')
    shows(tab, "1: Preparing")
    tab.click("#power-cut")
    assert leaf(tab, "connector.1").startswith("waiting_for_card")
    tab.click("#power-cut")
    tab.until("document.getElementById('verdict').textContent.includes('does not answer')")
    keep(tab, "watch-gone")
    assert tab.ask("document.querySelector('[data-do]').disabled") is True
    stand.wait(stand.station.ended())
    stand.wait(stand.station.start())
    tab.until("document.getElementById('verdict').textContent === ''")
    shows(tab, "1: Preparing")
    tab.errors.clear()


def test_two_viewers_see_the_same(tab: Tab, stand: Stand, page: str, tmp_path: Path) -> None:
    tab.open(page)
    with browser(tmp_path / "second") as other:
        other.open(page)
        shows(other, "1: Available")
        press(tab, '{"cmd":"plug_in"}')
        for viewer in (tab, other):
            shows(viewer, "1: Preparing")
            viewer.until("leafOf(machines.indexOf('vehicle.1'), cursor) === 'connected'")


def test_looking_back_is_not_disturbed_by_what_comes(tab: Tab, stand: Stand, page: str) -> None:
    tab.open(page)
    shows(tab, "1: Available")
    press(tab, '{"cmd":"plug_in"}')
    tab.until("moments.length > 3")
    tab.key("ArrowLeft")
    tab.key("ArrowLeft")
    place, count = tab.ask("cursor"), tab.ask("moments.length")
    press(tab, '{"cmd":"plug_out"}')
    tab.until(f"moments.length > {count}")
    assert tab.ask("cursor") == place
    tab.key("End")
    assert tab.ask("isFollowing") is True


def test_the_browser_reports_what_goes_wrong(tab: Tab, tmp_path: Path) -> None:
    """The negative control of all of these: an exception, and a style that the policy forbids."""
    file = tmp_path / "bad.html"
    policy = "default-src 'none'; script-src 'unsafe-inline'"
    file.write_text(
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        "<style>b{color:red}</style><script>throw new Error('x')</script>"
    )
    tab.open(file.as_uri())
    assert len(tab.errors) >= 2
    tab.errors.clear()
    with pytest.raises(BrowserError):
        tab.until("false", within_s=0.05)
