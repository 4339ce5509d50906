"""Every reader takes the committed inputs and a slice of others; bugs that were planted are found.

What runs here is not guided by coverage but for one small run; ``make proof`` has the rest.
"""

from dataclasses import replace
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import pytest

from cp.ocppj import decoder
from cp.ocppj.dialogue import Dialogue, Nothing
from cp.vocabulary.records import Put
from tools.fuzz.__main__ import fuzz
from tools.fuzz.target import CORPUS, TARGETS, Target, Wrong
from tools.fuzz.variation import corpus, run, varied

COUNTS = {"station": 60, "charts": 60, "routes": 60, "image": 150, "journal": 300}
HERE = Path(__file__).parent

needs_atheris = pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed")


@pytest.mark.parametrize("name", TARGETS)
def test_a_reader_takes_whatever_comes(name: str) -> None:
    run(name, COUNTS.get(name, 1000), folder=HERE / "corpus")


def test_the_corpus_is_small_and_complete() -> None:
    folders = {path.name for path in (HERE / "corpus").iterdir()}
    files = [path for path in (HERE / "corpus").rglob("*") if path.is_file()]
    assert folders == set(TARGETS)
    assert len(files) < 200
    assert max(path.stat().st_size for path in files) < 1000
    assert Path(CORPUS).parts == ("tests", "fuzz", "corpus")


def test_shares_are_thousandths() -> None:
    assert sum(target.share for target in TARGETS.values()) == 1000


def test_the_same_seed_makes_the_same_inputs() -> None:
    seeds = corpus("frames", HERE / "corpus")
    assert list(islice(varied(seeds, 3), 50)) == list(islice(varied(seeds, 3), 50))
    assert list(islice(varied(seeds, 3), 50)) != list(islice(varied(seeds, 4), 50))


def test_a_decoder_that_trusts_its_peer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(items: list[object], _flaws: list[str]) -> decoder.Decoded:
        return decoder.CallFrame(str(items[1]), str(items[2]), items[3])

    monkeypatch.setattr(decoder, "_frame_of", careless)
    with pytest.raises(Exception) as caught:
        run("frames", 100, folder=HERE / "corpus")
    assert "target frames, input" in caught.value.__notes__[0]


def test_a_frame_that_settles_what_it_must_not_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def settled(dialogue: Dialogue, _frame: object) -> tuple[Dialogue, Nothing]:
        return replace(dialogue, pending=None), Nothing("given up")

    monkeypatch.setattr("cp.ocppj.dialogue._settled", settled)
    with pytest.raises(Wrong):
        run("frames", 100, folder=HERE / "corpus")


def test_a_replay_that_trusts_its_rows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from cp import journal

    def trusting(row: Put) -> object:
        raise AttributeError(row.kind)

    monkeypatch.setattr(journal, "_body", trusting)
    with pytest.raises(AttributeError):
        run("journal", 10, folder=HERE / "corpus")


@needs_atheris
def test_the_engine_finds_a_planted_bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    found = fuzz("planted", Target("planted:bug", 0, 16), 300_000, tmp_path)
    assert "planted" in found.problem
    assert any(path.read_bytes().startswith(b"OCPP") for path in tmp_path.iterdir())


@needs_atheris
def test_the_engine_counts_its_inputs(tmp_path: Path) -> None:
    done = fuzz("rapi", TARGETS["rapi"], 2000, tmp_path)
    assert done.problem == ""
    assert done.inputs >= 2000
    assert done.covered > 10
