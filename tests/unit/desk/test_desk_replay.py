"""A transcript beside today's charts: the same, otherwise, older, cut off, damaged."""

import gzip
import io
import json
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest
from desk_replay_kit import TAG, mask, other_charts, replayed, transcript_of

from cp.vocabulary.errors import SettingsError
from tools.desk.replay import main, notes
from tools.desk.replaying import replay
from tools.desk.rerun import essence
from tools.desk.transcript_files import Source, SourceError, read_source

LIVES = (
    "charging",
    "card_cancels",
    "group_empty",
    "meter_never_read",
    "reset_fails",
    "t032_2_power_failure",
    "t041_fault",
)
CLOSES = '{ event = "energy_started", target = "charging", req = "M B3" }'
WAITS = '{ event = "energy_started", target = "suspended_ev", req = "M B3" }'


@pytest.mark.parametrize("name", LIVES)
def test_a_device_of_today_does_what_today_does(name: str) -> None:
    """The whole controller plays all boots, id tags masked; none of them parts from today."""
    text = transcript_of(name)
    assert f"id_tag={TAG}" not in text
    found = replayed(text)
    assert [verdict.parting for verdict in found.verdicts] == [""] * len(found.verdicts)
    assert found.differences == ()
    assert sum(verdict.played for verdict in found.verdicts) > 5


def test_another_chart_is_found_where_it_parts(tmp_path: Path) -> None:
    """The proof that the comparison can fail: one target changed, one line told."""
    found = replayed(transcript_of("charging"), other_charts(tmp_path, "connector", CLOSES, WAITS))
    (item,) = found.differences
    assert item.machine == "connector.1"
    assert item.was.startswith("connector.1 energy_started: starting -> charging")
    assert item.now.startswith("connector.1 energy_started: starting -> suspended_ev")
    assert transcript_of("charging").splitlines()[item.line - 1].endswith(item.was)
    assert "goes otherwise today" in found.verdicts[0].parting


def test_another_effect_is_found() -> None:
    text = transcript_of("charging").replace("  close_contactor", "  open_contactor")
    (item,) = replayed(text).differences
    assert (item.was, item.now) == (
        "open_contactor connector_id=1",
        "close_contactor connector_id=1",
    )


def test_an_older_transcript_is_judged_step_by_step_behind_its_parting() -> None:
    """States and machines that today has not are named; what today still does is not."""
    text = transcript_of("charging").replace("waiting_for_card", "waiting_for_tag")
    text = text.replace("queue.0", "line.0")
    found = replayed(text)
    told = [item.now for item in found.differences if item.machine == "line.0"]
    assert told == ["queue.0 power_on: -> ready", "there is no such machine"]
    assert "there is no state waiting_for_tag" in {item.now for item in found.differences}
    assert found.verdicts[0].judged > 0


def test_the_middle_of_a_transcript_is_judged_alone(tmp_path: Path) -> None:
    lines = transcript_of("charging").splitlines(keepends=True)
    rest = "".join(lines[60:])
    found = replayed(rest)
    assert found.verdicts[0].parting == "its beginning is not there"
    assert (found.verdicts[0].played, found.differences) == (0, ())
    changed = replayed(rest, other_charts(tmp_path, "connector", CLOSES, WAITS))
    assert [item.machine for item in changed.differences] == ["connector.1"]
    assert "-> suspended_ev" in changed.differences[0].now


def test_every_cut_is_read_to_its_end(tmp_path: Path) -> None:
    """Power may go in the middle of a turn: what is missing then is no difference."""
    data = transcript_of("charging").encode()
    file = tmp_path / "transcript.txt"
    for size in range(2000, len(data), 977):
        file.write_bytes(data[:size])
        source = read_source(file)
        assert ("cut off" in " ".join(source.notes)) == (data[size - 1 : size] != b"\n")
        assert replay(source).differences == (), size


def test_damage_is_told_and_the_next_boot_is_played_again() -> None:
    text = transcript_of("t032_2_power_failure")
    lines = text.splitlines()
    lines[30] = "\0\0 \ufffd 12.x"
    found = replayed("\n".join(lines) + "\n")
    first, second = found.verdicts
    assert first.boot.damage == [31]
    assert "line 31 is damaged" in first.parting
    assert second.parting == "" and second.played > 0
    assert "1 damaged lines are left out" in list(notes(found))


# ---- where it comes from -------------------------------------------------------------------------


AT_UPLOAD = {"HeartbeatInterval": "3600", "ConnectionTimeOut": "60"}
"""The first was written by the answer to BootNotification."""


def packed(
    file: Path,
    text: str,
    digest: str | None = None,
    size: int | None = None,
    station: object = None,
) -> Path:
    manifest = {
        "files": {"transcript.txt": {"sha256": digest or sha256(text.encode()).hexdigest()}}
    }
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as bundle:
        for name, content in (
            ("charts.json", json.dumps({"connector": "other"})),
            ("configuration.json", json.dumps(AT_UPLOAD)),
            ("station.json", json.dumps(station)),
            ("transcript.txt", text),
            ("manifest.json", json.dumps(manifest)),
        ):
            header = tarfile.TarInfo(name)
            header.size = len(content.encode())
            bundle.addfile(header, io.BytesIO(content.encode()))
    file.write_bytes(gzip.compress(out.getvalue(), mtime=0)[:size])
    return file


def test_a_diagnostics_file_tells_charts_and_keys(tmp_path: Path) -> None:
    source = read_source(packed(tmp_path / "d.tar.gz", transcript_of("charging")))
    assert (source.notes, source.keys) == ((), {"ConnectionTimeOut": "60"})
    found = replay(source)
    assert found.differences == ()
    assert "other charts ran: connector" in list(notes(found))
    wrong = read_source(packed(tmp_path / "e.tar.gz", transcript_of("charging"), "0" * 64))
    assert "its hash differs" in " ".join(wrong.notes)


@pytest.mark.parametrize(
    ("name", "profile", "keys"),
    [
        ("offline_unknown_allowed", "generic", {"AllowOfflineTxForUnknownId": "true"}),
        ("t019_get_configuration", "imkev7", {"LocalPreAuthorize": "false"}),
        ("heartbeat_interval_changed", "unheard of", {"HeartbeatInterval": "86400"}),
    ],
)
def test_an_archive_tells_keys_and_limits_of_a_new_device(
    tmp_path: Path, name: str, profile: str, keys: dict[str, str]
) -> None:
    """A key of the station file, a limit of the profile, a key that was written since: none of
    them is a difference of the charts."""
    text = transcript_of(name)
    station = {"profile": profile, "keys": keys}
    source = read_source(packed(tmp_path / "told.tar.gz", text, station=station))
    assert (source.profile, source.keys) == (profile, keys)
    assert replay(source).differences == ()
    assert replay(Source("without them", text, keys=AT_UPLOAD)).differences != ()


def test_a_damaged_archive_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    file = packed(tmp_path / "d.tar.gz", transcript_of("charging") * 3)
    whole = file.stat().st_size
    source = read_source(packed(file, transcript_of("charging") * 3, size=whole // 2))
    assert source.notes[0].startswith("the archive is cut off")
    assert source.text.startswith("# boot 1")
    data = bytearray(packed(file, transcript_of("charging") * 3).read_bytes())
    data[whole // 2 : whole // 2 + 40] = bytes(40)
    file.write_bytes(data)
    damaged = read_source(file)
    assert damaged.notes[0].startswith("the archive is damaged")
    assert damaged.text.startswith("# boot 1")
    with pytest.raises(SourceError, match=r"holds no transcript\.txt: it is cut off"):
        read_source(packed(file, transcript_of("charging"), size=60))


def test_rotated_files_are_one_and_a_gap_is_told(tmp_path: Path) -> None:
    text = transcript_of("charging")
    at = text.index("\n", 4000) + 1
    (tmp_path / "transcript.2.txt").write_text(text[:at])
    (tmp_path / "transcript.txt").write_text(text[at:])
    source = read_source(tmp_path)
    assert source.text == text
    assert source.notes == ("transcript.1.txt is missing: a part is not there",)
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="has the station run"):
        read_source(tmp_path / "empty")


def test_durations_are_compared_with_a_station_file_alone(tmp_path: Path) -> None:
    """The settling of the EV takes a second; written otherwise, only the file can tell."""
    text = transcript_of("ev_asks_late")
    late = [line for line in text.splitlines() if "after_ev_settling_s" in line]
    assert late, "the scenario has this timer"
    (tmp_path / "station.toml").write_text(
        '[station]\nid = "CP001"\nprofile = "generic"\n[csms]\nurl = "ws://127.0.0.1:9000/ocpp"\n'
        '[storage]\ndir = "."\n[bench]\ntime_scale = 0.01\n'
    )
    (tmp_path / "transcript.txt").write_text(text)
    slow = replay(read_source(tmp_path / "station.toml"))
    assert any("s later" in item.now for item in slow.differences)
    assert replay(read_source(tmp_path / "transcript.txt")).differences == ()


# ---- the command ---------------------------------------------------------------------------------


def test_the_command_writes_timeline_and_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "transcript.txt"
    file.write_text(transcript_of("charging"))
    assert main([str(file), "-o", str(tmp_path / "out")]) == 0
    page = (tmp_path / "out" / "index.html").read_text()
    assert page.count("<figure ") == 17
    assert mask(TAG) in page
    timeline = (tmp_path / "out" / "timeline.svg").read_text()
    assert "suspended_ev" not in timeline and ">charging<" in timeline
    assert "same: 1 boots" in capsys.readouterr().out
    charts = other_charts(tmp_path / "charts", "connector", CLOSES, WAITS)
    assert main([str(file), "--charts", str(charts), "-o", str(tmp_path / "out")]) == 1
    assert 'class="wrong"' in (tmp_path / "out" / "timeline.svg").read_text()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    file = tmp_path / "transcript.txt"
    file.write_text(transcript_of("charging"))
    with pytest.raises(SettingsError, match=r"timeline\.svg: cannot be written: File exists"):
        main([str(file), "-o", str(file)])


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\x1f\x8bnonsense", b"\0" * 500])
def test_what_is_no_transcript_is_refused(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "some.file"
    file.write_bytes(content)
    assert main([str(file)]) == 2
    assert str(file) in capsys.readouterr().err
    assert main([str(tmp_path / "missing")]) == 2


def test_the_essence_of_effects() -> None:
    """Energies and stamps are not known again; actions and statuses are."""
    assert essence("watch_register limit_wh=1500") == essence("watch_register limit_wh=9")
    assert essence("offer_current connector_id=1") != essence("withdraw_current connector_id=1")
    assert essence("record call_settled seq=1") == essence("record call_settled seq=2")
    one = '-> [2,"1","StatusNotification",{"status":"Available","timestamp":"A"}]'
    assert essence(one) == essence(one.replace('"A"', '"B"'))
    assert essence(one) != essence(one.replace("Available", "Charging"))
