"""Transcripts for the replay, made by playing scenarios as a device would write them."""

import shutil
from functools import cache
from hashlib import blake2b
from pathlib import Path

from cp.controller import Done
from drivers.transcript import anchor_line
from tools.chart_files import CHARTS
from tools.desk.replaying import Replayed, replay
from tools.desk.transcript_files import Source
from tools.scenario import FOLDER, load, played, player
from tools.scenario_station import Station

TAG = "CARD"


def mask(tag: str) -> str:
    """As a device hides id tags: equal stays equal, and nobody's is empty."""
    return tag and f"#{blake2b(tag.lower().encode(), digest_size=4, key=b'kit').hexdigest()}"


@cache
def transcript_of(name: str) -> str:
    """What a device that lives through a scenario writes, with an anchor at each start."""
    lines: list[str] = []

    class Writer(Station):
        def _carry_out(self, done: Done) -> None:
            written = done.lines(self.world.time_s, mask)
            if written and " power_on:" in written[0]:
                now = self.world.now()
                stamp = type(now.stamp)(self.controller.boot, now.monotonic_s, now.utc_s)
                lines.append(anchor_line(stamp))
            lines.extend(written)
            super()._carry_out(done)

    scenario = load(FOLDER / f"{name}.txt")
    played(scenario, player(scenario, Writer))
    return "\n".join(lines) + "\n"


def replayed(text: str, charts: Path | None = None) -> Replayed:
    return replay(Source("kit", text), None if charts is None else str(charts))


def other_charts(folder: Path, chart: str, old: str, new: str) -> Path:
    """The charts with one place changed."""
    folder.mkdir(exist_ok=True)
    for path in CHARTS.glob("*.toml"):
        shutil.copy(path, folder)
    file = folder / f"{chart}.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder
