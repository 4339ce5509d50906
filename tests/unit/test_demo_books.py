"""The books of a demonstration, side by side."""

import pytest

from tools.net.demo_books import book_of_station

VALUE = (
    "1.000   record call_kept call=queued_call(seq=8 message_id=8 lane=5 request=meter_values("
    "connector_id=1 uid=1.1 samples=[{}Wh/Sample.Periodic/2026-01-01T12:00:10.000Z]))"
)


@pytest.mark.parametrize(
    ("count", "shown"), [(0, None), (1, "1: 1"), (5, "5: 1 2 3 4 5"), (6, "6: ... 2 3 4 5 6")]
)
def test_readings_that_are_not_shown_are_hinted_at(count: int, shown: str | None) -> None:
    transcript = "\n".join(VALUE.format(number) for number in range(1, count + 1))
    assert book_of_station(transcript).get("meter values") == shown
