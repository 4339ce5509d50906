"""Date-times and URIs (S 3.14, S 3.15)."""

import pytest
from hypothesis import given, settings, strategies as st

from cp.ocppj.formats import date_time_of, is_date_time, is_uri, utc_s_of

NEW_YEAR_UTC_S = 1767225600.0  # 2026-01-01T00:00:00Z


@pytest.mark.parametrize(
    ("text", "utc_s"),
    [
        ("2026-01-01T00:00:00Z", NEW_YEAR_UTC_S),
        ("2026-01-01t00:00:00z", NEW_YEAR_UTC_S),
        ("2026-01-01T00:00:00", NEW_YEAR_UTC_S),
        ("2026-01-01T02:00:00+02:00", NEW_YEAR_UTC_S),
        ("2025-12-31T18:30:00-0530", NEW_YEAR_UTC_S),
        ("2026-01-01T02:00:00+02", NEW_YEAR_UTC_S),
        ("2026-01-01T00:00:00.5Z", NEW_YEAR_UTC_S + 0.5),
        ("2026-01-01T00:00:00.123456789012345678901234567890Z", NEW_YEAR_UTC_S + 0.123456789),
        ("2025-12-31T23:59:60Z", NEW_YEAR_UTC_S),
        ("1970-01-01T00:00:00Z", 0.0),
        ("0001-01-01T00:00:00Z", -62135596800.0),
    ],
)
def test_date_times_that_servers_send(text: str, utc_s: float) -> None:
    assert utc_s_of(text) == pytest.approx(utc_s, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1000000",  # CVE-2023-52096: month 00
        "2026-00-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-01-01",
        "2026-01-01 00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+02:60",
        "2026-01-01T00:00:00Z\n",
        "\u0662\u0660\u0662\u0666-01-01T00:00:00Z",
        "yesterday",
    ],
)
def test_malformed_date_times(text: str) -> None:
    assert not is_date_time(text)


@pytest.mark.parametrize(
    ("utc_s", "text"),
    [
        (NEW_YEAR_UTC_S, "2026-01-01T00:00:00.000Z"),
        (NEW_YEAR_UTC_S + 0.0006, "2026-01-01T00:00:00.001Z"),
        (NEW_YEAR_UTC_S - 0.0001, "2026-01-01T00:00:00.000Z"),
        (-1e18, "1970-01-01T00:00:00.000Z"),
        (1e18, "9999-12-31T23:59:59.000Z"),
    ],
)
def test_date_times_that_are_sent(utc_s: float, text: str) -> None:
    assert date_time_of(utc_s) == text


@settings(derandomize=True, database=None, deadline=None)
@given(st.integers(0, 4102444800000))
def test_what_is_sent_is_read_again(milliseconds: int) -> None:
    assert utc_s_of(date_time_of(milliseconds / 1000)) == pytest.approx(milliseconds / 1000)


@settings(derandomize=True, database=None, deadline=None)
@given(st.text() | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d"))
def test_no_text_raises(text: str) -> None:
    utc_s = utc_s_of(text)
    assert utc_s is None or date_time_of(utc_s).endswith("Z")
    is_uri(text)


@pytest.mark.parametrize(
    "text",
    [
        "http://example.com/firmware.bin",
        "ftp://user:word@10.0.0.1:21/dir/",
        "https://[::1]/a?b=c#d",
        "urn:example:1",
        "http://example.com/a%20b",
    ],
)
def test_uris(text: str) -> None:
    assert is_uri(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/firmware.bin",
        "firmware.bin",
        "http:",
        "http://a b",
        "1http://a",
        'http://a"',
        "http://a\n",
    ],
)
def test_malformed_uris(text: str) -> None:
    assert not is_uri(text)
