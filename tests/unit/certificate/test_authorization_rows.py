"""Every row of the authorization tables is proved by the scenarios that are named beside it."""

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NotRequired, TypedDict

import pytest
import tomli
from product_stand import SCENARIOS

from tools.scenario import load, played, read, written


class Row(TypedDict):
    """The scenarios of a row, what each of them shows, and what none of them may show."""

    by: list[str]
    shows: str
    never: NotRequired[str]


ROWS: Final[Mapping[str, Mapping[str, Row]]] = tomli.loads(
    Path(__file__).with_name("authorization_rows.toml").read_text(encoding="utf-8")
)

STATUSES = ("Blocked", "Expired", "Invalid", "ConcurrentTx")


def complaints(row: Row) -> Iterator[str]:
    """What keeps the scenarios of a row from proving it."""
    if not row.keys() <= Row.__annotations__.keys() or not row["by"]:
        yield "a row has by, shows and perhaps never"
    for stem in row["by"]:
        path = SCENARIOS / f"{stem}.txt"
        if not path.is_file():
            yield f"{stem}: no such scenario"
            continue
        done = [line for line in path.read_text("utf-8").splitlines() if line.startswith("    ")]
        if not any(row["shows"] in line for line in done):
            yield f"{stem}: does not show {row['shows']}"
        if "never" in row and any(row["never"] in line for line in done):
            yield f"{stem}: shows {row['never']}"


@pytest.mark.parametrize(
    ("section", "name"), [(section, name) for section, rows in ROWS.items() for name in rows]
)
def test_every_row_is_proved(section: str, name: str) -> None:
    assert list(complaints(ROWS[section][name])) == []


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"by": ["nothing_at_all"], "shows": ""}, "nothing_at_all: no such scenario"),
        ({"by": ["charging"], "shows": "-> finishing"}, "charging: does not show -> finishing"),
        ({"by": ["charging"], "shows": "", "never": "-> charging"}, "charging: shows -> charging"),
        ({"by": ["charging"], "shows": "plugged id_tag=CARD"}, "charging: does not show plugged"),
        ({"by": [], "shows": ""}, "a row has by, shows and perhaps never"),
        ({"by": ["charging"], "shows": "", "neve": ""}, "a row has by, shows and perhaps never"),
    ],
)
def test_a_row_without_proof_is_named(row: Row, complaint: str) -> None:
    (found,) = complaints(row)
    assert found.startswith(complaint)


@pytest.mark.parametrize("local_authorize_offline", ["true", "false"])
@pytest.mark.parametrize("local_pre_authorize", ["true", "false"])
@pytest.mark.parametrize(
    ("stem", "unknown"), [("offline_unknown_allowed", "true"), ("offline_unknown_refused", "false")]
)
def test_only_the_permission_for_unknown_ids_counts_offline(
    stem: str, unknown: str, local_authorize_offline: str, local_pre_authorize: str
) -> None:
    """C-01, C-02: each of the eight combinations, the same transcript to the letter."""
    scenario = load(SCENARIOS / f"{stem}.txt")
    keys = (
        f"AllowOfflineTxForUnknownId={unknown} LocalAuthorizeOffline={local_authorize_offline}"
        f" LocalPreAuthorize={local_pre_authorize}"
    )
    combined = dataclasses.replace(scenario, options={**scenario.options, "keys": keys})
    assert played(combined).steps == scenario.steps


def test_the_permission_for_unknown_ids_counts_offline() -> None:
    """C-02: without it the transcript is another one."""
    scenario = load(SCENARIOS / "offline_unknown_allowed.txt")
    forbidden = dataclasses.replace(scenario, options={"after": scenario.options["after"]})
    assert played(forbidden).steps != scenario.steps


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(
    "stem",
    [
        "t023_invalid_card",
        "t023_5_invalid_remote",
        "t037_2_offline_invalid_open",
        "t037_3_offline_invalid_stop",
        "energy_on_invalid_id",
        "offline_transaction_refused",
        "remote_start_unauthorized",
        "start_refused_stop",
    ],
)
def test_the_word_of_a_refusal_makes_no_difference(stem: str, status: str) -> None:
    """S 4.8: whatever status refuses, nothing else in the transcript changes."""
    path = SCENARIOS / f"{stem}.txt"
    text = path.read_text(encoding="utf-8")
    (word,) = {word for word in STATUSES if f'"status":"{word}"' in text}
    renamed = text.replace(f'"status":"{word}"', f'"status":"{status}"')
    assert written(played(read(renamed, path))) == renamed
