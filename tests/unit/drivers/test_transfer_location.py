"""Locations: what is understood, what is refused, and that nothing leaks."""

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, strategies as st

from drivers.transfer.location import Location, read_location
from drivers.transfer.one_try import TryFailed, is_local

ALL = ("HTTP", "https", "ftp", "FTPS")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://h/a", "http://h:80/a"),
        (" HTTP://H:8080/A b/ü?q=ß c#x ", "http://h:8080/A%20b/%C3%BC?q=%C3%9F%20c"),
        ("https://bücher.example/a", "https://xn--bcher-kva.example:443/a"),
        ("http://[::1]:81/a", "http://[::1]:81/a"),
        ("http://h/100%/%41?50%", "http://h:80/100%25/%41?50%25"),
        ("http://h\\@evil/a", None),
        ("http://h/../../a", "http://h:80/../../a"),
        ("ftp://u:p@h/a%0D%0ADELE%20x", None),
        ("ftp://u%0A:p@h/a", None),
        ("http://h:0/a", "http://h:80/a"),
        ("http://[fe80::1%25eth0]/a", None),
        ("gopher://h/a", None),
    ],
)
def test_reading(text: str, url: str | None) -> None:
    if url is not None:
        assert read_location(text, ALL).url == url
        return
    with pytest.raises(TryFailed) as refused:
        read_location(text, ALL)
    assert refused.value.is_final


@given(st.text(max_size=60))
@example("//[")
@example("//\ud800")
@example("//h:٣/")
def test_whatever_stands_behind_the_scheme(rest: str) -> None:
    """It is understood or refused, and what is understood is a clean address."""
    try:
        found = read_location(f"ftp:{rest}", ALL)
    except TryFailed as refused:
        assert refused.is_final
        return
    assert re.fullmatch(r"[\x21-\x7e]+", found.url)
    assert urlsplit(found.url).hostname == found.host
    assert urlsplit(found.url).port == found.port
    assert not re.search(r"[\x00-\x1f]", found.plain_path + (found.user or "") + found.password)


def test_credentials_are_shown_nowhere() -> None:
    found = read_location("http://me:hunter2@h/a?b", ALL)
    assert (found.user, found.password) == ("me", "hunter2")
    assert "hunter2" not in f"{found!r}{found.url}"
    assert found.digest == read_location("http://other:word@h/a?b", ALL).digest
    assert found.digest != read_location("http://me:hunter2@h/a?c", ALL).digest


def test_redirects_keep_credentials_on_the_same_host_and_port() -> None:
    found = read_location("http://me:hunter2@h/a", ALL)
    assert found.redirected("/b").user == "me"
    assert found.redirected("http://H:80/b").user == "me"
    assert found.redirected("http://h:81/b").user is None
    assert found.redirected("http://evil/b").user is None
    assert found.redirected("http://you:other@evil/b").user == "you"


def test_the_path_that_ftp_takes() -> None:
    def path(text: str) -> str:
        return read_location(text, ALL).plain_path

    assert path("ftp://h/a%20b/c") == "a b/c"
    assert path("ftp://h//etc/c") == path("ftp://h/%2Fetc/c") == "/etc/c"
    assert path("ftp://h") == ""


def test_a_file_name_never_leaves_its_directory() -> None:
    location = Location("http", "h", 80, "/in/")
    assert location.for_file("../x/y?z").path == "/in/..%2Fx%2Fy%3Fz"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("169.254.169.254", True),
        ("fe80::1%eth0", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", True),
        ("192.168.1.2", False),
        ("8.8.8.8", False),
        ("2001:db8::1", False),
    ],
)
def test_local_addresses(address: str, expected: bool) -> None:
    assert is_local(address) is expected
