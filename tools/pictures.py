"""The committed pictures: drawing all of them, writing them, and finding what is out of date."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cp.behavior import BEHAVIORS
from cp.chart import ChartDocument
from cp.vocabulary.errors import Finding
from tools.chart_files import CHARTS, ChartFiles
from tools.svg import lock
from tools.svg.export import ExportError, Progress, Studio, load_lock
from tools.svg.paper import smallest_paper
from tools.svg.routes_picture import RoutesPicture, draw_routes, routes_size
from tools.svg.routes_proof import prove_routes
from tools.svg.style import Theme
from tools.svg.views import FULL
from tools.tellers import tellers
from tools.writing import write_text

_MEND = "run 'statecharge charts export'"
ROUTES_SVG = "routes.svg"


@dataclass(frozen=True, slots=True)
class Folders:
    """Where pictures and layouts are; both are committed."""

    svg: Path = CHARTS / "svg"
    layout: Path = CHARTS / "layout"


def routes_svg(files: ChartFiles, theme: Theme = Theme.AUTO) -> str:
    """The picture of the routes, proved. Raises ExportError."""
    if files.routes is None:
        raise ExportError("charts/routes.toml cannot be read")
    picture = RoutesPicture(files.routes, files.routes_text, tellers(BEHAVIORS))
    text = draw_routes(picture, theme)
    wrong = prove_routes(picture, text)
    if wrong:
        raise ExportError("\n".join(["the picture of the routes is wrong:", *wrong[:10]]))
    return text


def draw_chart(
    document: ChartDocument, folders: Folders, progress: Progress | None, is_new: bool
) -> Studio:
    """Write the pictures and the layout of a chart, laid out where need be. Raises ExportError."""
    old = lock.Lock() if is_new else load_lock(folders.layout, document.name)
    studio = Studio(document, old)
    if progress is not None:
        studio.progress = progress
    texts = studio.draw_all()
    write_text(folders.layout / f"{document.name}.json", lock.dump(studio.trimmed_lock()))
    for name, text in texts.items():
        write_text(folders.svg / name, text)
    return studio


def draw_routes_file(files: ChartFiles, folders: Folders) -> str:
    """Write the picture of the routes; what it says about paper. Raises ExportError."""
    text = routes_svg(files)
    write_text(folders.svg / ROUTES_SVG, text)
    return f"routes: {smallest_paper(*routes_size(text)) or 'larger than A3'}"


def remove_strangers(files: ChartFiles, folders: Folders) -> tuple[str, ...]:
    """Delete pictures and layouts that no chart has any more; their names."""
    wanted = {ROUTES_SVG}
    for document in files.documents:
        views = Studio(document, load_lock(folders.layout, document.name), is_frozen=True)
        wanted |= {f"{document.name}.json", *views.file_names()}
    found = [path for path in _all_files(folders) if path.name not in wanted]
    for path in found:
        path.unlink()
    return tuple(path.name for path in found)


def check_pictures(files: ChartFiles, folders: Folders) -> tuple[Finding, ...]:
    """Every committed picture or layout that is not what an export would write, without Node."""
    expected: dict[str, str] = {}
    findings: list[Finding] = []
    try:
        expected[ROUTES_SVG] = routes_svg(files)
    except ExportError as error:
        findings.append(Finding("charts/svg/routes.svg", 0, str(error)))
    for document in files.documents:
        studio = Studio(document, load_lock(folders.layout, document.name), is_frozen=True)
        try:
            texts = studio.draw_all()
        except ExportError as error:
            place = f"charts/layout/{document.name}.json"
            findings.append(Finding(place, 0, f"{error}; {_MEND}"))
            expected |= dict.fromkeys(studio.file_names(), "")
        else:
            expected |= texts
            findings += _too_large(studio)
        expected[f"{document.name}.json"] = lock.dump(studio.trimmed_lock())
    return (*findings, *_stale(expected, folders))


def _too_large(studio: Studio) -> Iterator[Finding]:
    """A chart whose pages cannot be read on A4 is cut into more charts or compounds."""
    for view in studio.views():
        if studio.paper(view) != "A4" and (view != FULL or len(studio.views()) == 1):
            message = f"view {view} does not fit on A4 at 6 pt; give the chart more compound states"
            yield Finding(studio.chart.file, 0, message)


def _stale(expected: Mapping[str, str], folders: Folders) -> Iterator[Finding]:
    found = {path.name: path for path in _all_files(folders)}
    for name in sorted(expected.keys() | found.keys()):
        place = f"charts/{'layout' if name.endswith('.json') else 'svg'}/{name}"
        if name not in found:
            yield Finding(place, 0, f"is missing; {_MEND}")
        elif name not in expected:
            yield Finding(place, 0, f"belongs to no chart; {_MEND}")
        elif expected[name] and found[name].read_text(encoding="utf-8") != expected[name]:
            yield Finding(place, 0, f"is out of date; {_MEND}")


def _all_files(folders: Folders) -> list[Path]:
    return [*sorted(folders.svg.glob("*.svg")), *sorted(folders.layout.glob("*.json"))]
