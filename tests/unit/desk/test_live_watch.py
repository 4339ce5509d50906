"""A running station in the browser, without a browser: sources, feed, server."""

import http.client
import json
import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from desk_replay_kit import transcript_of

from drivers.bench.commands import CommandError, read_command
from drivers.transcript import WATCHED_FILE, FileTranscript, NullTranscript
from tools.live.feed import MOST_VIEWERS, Feed, Viewer
from tools.live.server import Server
from tools.live.sources import FileSource, GoneError, News
from tools.live.watch import find_source, main

STATE = {"machines": {"vehicle.1": ["present", "connected"]}, "statuses": {"1": "Preparing"}}
MOVED = "1.000 vehicle.1 ev_asked: connected -> asking [connected-ev_asked-1]"


class Told:
    """A source that says what a test wants."""

    can_drive = True

    def __init__(self) -> None:
        self.news: queue.Queue[News | GoneError] = queue.Queue()
        self.is_closed = False

    def ask(self, wants_state: bool) -> News:
        try:
            item = self.news.get_nowait()
        except queue.Empty:
            return News()
        if isinstance(item, GoneError):
            raise item
        return item

    def close(self) -> None:
        self.is_closed = True


def heard(viewer: Viewer) -> tuple[str, object]:
    text = viewer.get(timeout=5)
    assert text is not None
    kind, data = text.removesuffix("\n\n").split("\ndata: ")
    return kind.removeprefix("event: "), json.loads(data)


@contextmanager
def feeding() -> Iterator[tuple[Told, Feed]]:
    source = Told()
    source.news.put(News((), {"vehicle.1": "connected"}, STATE))
    feed = Feed(source)
    feed.start()
    try:
        yield source, feed
    finally:
        feed.close()
        assert source.is_closed


def test_each_viewer_hears_what_holds_and_then_what_comes() -> None:
    with feeding() as (source, feed):
        first = feed.join()
        assert first is not None
        while heard(first)[1] == {"start": {}, "turns": [], "state": None, "gone": "not asked yet"}:
            pass
        source.news.put(News([f"1.000 ev_asked connector_id=1\n{MOVED}".splitlines()[0], MOVED]))
        kind, turns = heard(first)
        assert kind == "turns" and isinstance(turns, list)
        assert turns[0]["steps"] == [["vehicle.1", "asking", ["connected-ev_asked-1"]]]
        second = feed.join()
        assert second is not None
        kind, hello = heard(second)
        assert kind == "hello" and isinstance(hello, dict)
        assert (hello["start"], hello["state"]) == ({"vehicle.1": "connected"}, STATE)
        assert hello["turns"] == turns


def test_a_station_that_goes_and_comes_back() -> None:
    with feeding() as (source, feed):
        viewer = feed.join()
        assert viewer is not None
        source.news.put(GoneError("no power"))
        while (told := heard(viewer))[0] != "gone":
            assert told[0] == "hello"
        assert told[1] == {"why": "no power"}
        source.news.put(News((), {"vehicle.1": "absent"}, STATE))
        kind, hello = heard(viewer)
        assert kind == "hello" and isinstance(hello, dict)
        assert (hello["start"], hello["gone"]) == ({"vehicle.1": "absent"}, "")


def test_too_many_viewers_and_one_that_does_not_keep_up() -> None:
    with feeding() as (_, feed):
        viewers = [feed.join() for _ in range(MOST_VIEWERS)]
        assert None not in viewers and feed.join() is None
        slow = viewers[0]
        assert slow is not None
        for _ in range(slow.maxsize + 10):
            feed._tell("x")
        assert slow.get(timeout=1) is None and slow.empty()
        assert feed.join() is not None


# ---- server --------------------------------------------------------------------------------------


@contextmanager
def serving(driven: list[Mapping[str, object]] | None) -> Iterator[Server]:
    def drive(command: Mapping[str, object]) -> Mapping[str, object]:
        if command.get("cmd") == "gone":
            raise GoneError("no power")
        assert driven is not None
        driven.append(command)
        return {"ok": True}

    with feeding() as (_, feed):
        is_bench = driven is not None
        server = Server(0, "<p>page</p>", "default-src 'none'", feed, drive if is_bench else None)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def ask(server: Server, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
    talk = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    talk.request(method, path, body or None, {"Host": f"127.0.0.1:{server.port}", **given})
    answer = talk.getresponse()
    text = "" if path == "/events" and answer.status == 200 else answer.read().decode()
    talk.close()
    return answer.status, text


def test_the_page_and_its_events_are_for_this_machine_alone() -> None:
    with serving([]) as server:
        own = f"http://127.0.0.1:{server.port}"
        assert ask(server, "GET", "/") == (200, "<p>page</p>")
        assert ask(server, "GET", "/", Host=f"localhost:{server.port}")[0] == 200
        assert ask(server, "GET", "/events", Origin=own)[0] == 200
        assert ask(server, "GET", "/other")[0] == 404
        for path in ("/", "/events"):
            assert ask(server, "GET", path, Host=f"evil.example:{server.port}")[0] == 403
            assert ask(server, "GET", path, Host="127.0.0.1")[0] == 403
            assert ask(server, "GET", path, Origin="http://evil.example")[0] == 403
            assert ask(server, "GET", path, Origin="null")[0] == 403
            assert ask(server, "GET", path, Sec_Fetch_Site="cross-site")[0] == 403


def test_commands_are_for_its_own_page_alone() -> None:
    driven: list[Mapping[str, object]] = []
    with serving(driven) as server:
        own = f"http://127.0.0.1:{server.port}"
        plug = '{"cmd":"plug_in"}'
        assert ask(server, "POST", "/do", plug)[0] == 403
        assert ask(server, "POST", "/do", plug, Origin="http://127.0.0.1:1")[0] == 403
        assert ask(server, "POST", "/do", plug, Origin=f"https://127.0.0.1:{server.port}")[0] == 403
        assert ask(server, "POST", "/do", plug, Origin=own, Host="evil.example")[0] == 403
        assert driven == []
        assert ask(server, "POST", "/do", plug, Origin=own) == (200, '{"ok": true}')
        assert driven == [{"cmd": "plug_in"}]
        for wrong in ("", "[]", "{", "x" * 5000, "[" * 4000):
            assert ask(server, "POST", "/do", wrong, Origin=own)[0] == 400
        assert ask(server, "POST", "/do", '{"cmd":"gone"}', Origin=own)[0] == 503
        assert ask(server, "POST", "/else", plug, Origin=own)[0] == 404
    with serving(None) as server:
        own = f"http://127.0.0.1:{server.port}"
        status, text = ask(server, "POST", "/do", plug, Origin=own)
        assert status == 403 and "can only be watched" in text


def test_a_port_in_use_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with serving([]) as server:
        assert main(["127.0.0.1:1", "--port", str(server.port)]) == 2
    words = capsys.readouterr().err
    assert "is in use: name another one with --port" in words


@pytest.mark.parametrize("port", ["99999", "65536", "-1", "http"])
def test_what_is_no_port_is_told(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["127.0.0.1:1", f"--port={port}"])
    assert f"'{port}' is no port: 0 to 65535" in capsys.readouterr().err


# ---- sources -------------------------------------------------------------------------------------


def test_a_file_is_followed_over_a_rotation(tmp_path: Path) -> None:
    text = transcript_of("charging")
    (tmp_path / "transcript.txt").write_text(text + "1.0")
    source = FileSource(tmp_path)
    first = source.ask(True)
    assert (tmp_path / WATCHED_FILE).exists()
    assert [*first.lines] == text.splitlines()
    with (tmp_path / "transcript.txt").open("a") as stream:
        stream.write("00 plugged connector_id=1\n2.000 unpl")
    assert [*source.ask(False).lines] == ["1.000 plugged connector_id=1"]
    with (tmp_path / "transcript.txt").open("a") as stream:
        stream.write("ugged connector_id=1\n")
    (tmp_path / "transcript.txt").rename(tmp_path / "transcript.1.txt")
    assert [*source.ask(False).lines] == ["2.000 unplugged connector_id=1"]
    (tmp_path / "transcript.txt").write_text("3.000 plugged connector_id=1\n")
    assert [*source.ask(False).lines] == ["3.000 plugged connector_id=1"]
    source.close()
    assert not (tmp_path / WATCHED_FILE).exists()
    with pytest.raises(GoneError):
        FileSource(tmp_path / "nowhere").ask(False)


def test_what_came_before_the_shown_lines_is_known(tmp_path: Path) -> None:
    text = transcript_of("charging")
    (tmp_path / "transcript.txt").write_text(text + "9.000 plugged connector_id=1\n" * 500)
    news = FileSource(tmp_path).ask(False)
    assert news.leaves is not None
    assert news.leaves["connector.1"] == "charging"
    assert news.lines[0] == text.splitlines()[0]


def test_who_watches() -> None:
    found = find_source("127.0.0.1:9100")
    assert found is not None and found[0] == "127.0.0.1:9100"
    assert find_source("nonsense") is None and find_source("host:port") is None
    assert main(["nonsense"]) == 2


def test_a_transcript_shows_its_lines_only_to_who_asks(tmp_path: Path) -> None:
    transcript = FileTranscript(tmp_path)
    transcript.write(["one"])
    assert transcript.watch(0) == (1, [])
    transcript.write(["two", "three"])
    assert transcript.watch(1) == (3, ["two", "three"])
    assert transcript.watch(2) == (3, ["three"])
    assert transcript.watch(2**53 - 1) == (3, [])
    transcript.close()
    assert NullTranscript().watch(0) == (0, [])


def test_a_touched_file_makes_a_transcript_quick(tmp_path: Path) -> None:
    (tmp_path / WATCHED_FILE).touch()
    transcript = FileTranscript(tmp_path)
    transcript.write(["one"])
    written = tmp_path / "transcript.txt"
    for _ in range(200):
        if written.exists() and written.read_text():
            break
        threading.Event().wait(0.01)
    assert written.read_text() == "one\n"
    transcript.close()


def test_the_command_of_the_bench() -> None:
    assert read_command(b'{"cmd":"watch","after":7}').value == 7
    for wrong in (b'"x"', b"-1", b"1.5", b"true", b"1e400"):
        with pytest.raises(CommandError):
            read_command(b'{"cmd":"watch","after":' + wrong + b"}")
