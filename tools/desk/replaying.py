"""All boots of a transcript beside today's charts: what was, and where today would do otherwise.

Theory of operation: a boot that is whole is played by the whole controller (``rerun``) until today
parts from it or a line is damaged; from there on, and in boots whose beginning is not there, each
step is judged by its chart alone (``judging``). The next whole boot is played again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from cp.chart import ChartDocument
from cp.domain.configuration import change_configuration
from cp.house import House
from cp.profiles import read_profile, texts
from cp.reading import build_house, read_charts
from cp.settings import product_of
from cp.vocabulary.context import Product
from cp.vocabulary.keys import GENERIC, KeyTable, KeyValues
from tools.desk.canonical import TextError
from tools.desk.judging import judge
from tools.desk.rerun import Difference, Rerun
from tools.desk.transcript_files import Source
from tools.desk.transcript_lines import Kind, SeenBoot, SeenTurn, read_lines

_ACCEPTED: Final = "record station_accepted url="


@dataclass(slots=True)
class Verdict:
    """What was found in one boot.

    ``played``  turns that the whole controller of today did in the same way.
    ``judged``  steps that were judged by their chart alone.
    ``parting`` why the controller could not go on, with the line; empty: it played all.
    ``differences`` in order of lines.
    """

    boot: SeenBoot
    played: int = 0
    judged: int = 0
    parting: str = ""
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A transcript and what became of it."""

    source: Source
    documents: Mapping[str, ChartDocument]
    verdicts: tuple[Verdict, ...]

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Of all boots."""
        return tuple(item for verdict in self.verdicts for item in verdict.differences)


def replay(source: Source, charts_dir: str | None = None) -> Replayed:
    """Play all boots on the charts of this release, or of a folder. Raises ChartError and
    SettingsError for charts that cannot run."""
    boots = read_lines(source.text.splitlines())
    house, factory = _house(source, boots, charts_dir)
    documents = {name: chart.document for name, chart in house.charts.items()}
    verdicts = tuple(_replay_boot(boot, house, factory, source) for boot in boots)
    return Replayed(source, documents, verdicts)


def _house(
    source: Source, boots: Sequence[SeenBoot], charts_dir: str | None
) -> tuple[House, KeyValues]:
    """Today's charts with the product and the keys that the source tells of."""
    settings = source.settings
    if settings is not None:
        house = build_house(read_charts(charts_dir), settings.keys, product_of(settings))
        return house, settings.factory_values
    table = _table(source.profile)
    product = Product()
    url = _url(boots)
    house = build_house(
        read_charts(charts_dir), table, replace(product, url=url) if url else product
    )
    return house, _factory(table, source.keys)


def _table(profile: str) -> KeyTable:
    """The keys and limits of a profile; those of the specification for one that is not known."""
    text = texts().get(profile)
    return GENERIC if text is None else read_profile(profile, text)[0].keys


def _factory(table: KeyTable, keys: Mapping[str, str]) -> KeyValues:
    """The values that a diagnostics file tells; defaults for the others."""
    values = table.defaults()
    for name, text in keys.items():
        values = change_configuration(table, values, name, text)[1]
    return values


def _url(boots: Sequence[SeenBoot]) -> str:
    """The server that the station was accepted by: whether it knows it is asked in guards."""
    for boot in boots:
        for turn in boot.turns:
            for effect in turn.effects:
                if effect.startswith(_ACCEPTED):
                    return effect.removeprefix(_ACCEPTED)
    return ""


# ---- one boot ------------------------------------------------------------------------------------


def _replay_boot(boot: SeenBoot, house: House, factory: KeyValues, source: Source) -> Verdict:
    verdict = Verdict(boot)
    documents = {name: chart.document for name, chart in house.charts.items()}
    rerun = Rerun(house, factory, source.settings is not None) if boot.is_whole else None
    if rerun is None:
        verdict.parting = "its beginning is not there"
    damage = list(boot.damage)
    leaves: dict[str, str] = {}
    for turn in boot.turns:
        if rerun is not None and damage and damage[0] < turn.line + len(turn.lines):
            verdict.parting = f"line {damage[0]} is damaged"
            rerun = None
        if rerun is not None:
            rerun = _play(rerun, turn, verdict, is_last=turn is boot.turns[-1])
        else:
            _judge(turn, documents, leaves, verdict)
        for step in turn.steps:
            leaves[step.machine] = step.now or leaves.get(step.machine, "")
    return verdict


def _play(rerun: Rerun, turn: SeenTurn, verdict: Verdict, *, is_last: bool) -> Rerun | None:
    """One turn by the whole controller; None: it cannot go on."""
    try:
        difference = rerun.play(turn, is_last=is_last)
    except TextError as error:
        verdict.parting = f"line {turn.line}: {error}"
        return None
    if difference is None:
        verdict.played += turn.kind is not Kind.END
        return rerun
    verdict.differences.append(difference)
    verdict.parting = f"line {difference.line} goes otherwise today"
    return None


def _judge(
    turn: SeenTurn,
    documents: Mapping[str, ChartDocument],
    leaves: Mapping[str, str],
    verdict: Verdict,
) -> None:
    now = dict(leaves)
    for step in turn.steps:
        verdict.judged += 1
        difference = judge(documents, now.get(step.machine, ""), step)
        if difference is not None:
            verdict.differences.append(difference)
        now[step.machine] = step.now or now.get(step.machine, "")
