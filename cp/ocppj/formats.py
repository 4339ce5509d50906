"""Date-times and URIs on the wire: the two formats that the schemas name (``S 3.14``)."""

import re
from datetime import UTC, datetime
from typing import Final

_DATE_TIME: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:[.,](\d+))?"
    r"(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)?",
    re.ASCII,
)
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-\[\]_a-z~]+", re.ASCII)

_LAST_UTC_S: Final = 253402300799.0
"""9999-12-31T23:59:59Z, the last second that has a name; offsets and leap seconds end there."""

_FIRST_UTC_S: Final = -62135596800.0
"""0001-01-01T00:00:00Z, the first one."""


def utc_s_of(text: str) -> float | None:
    """Seconds since 1970 of an ISO 8601 date-time, None if it is malformed.

    Any offset and a fraction of any length are accepted; without an offset it is read as UTC, for
    that is what servers mean that leave the ``Z`` out (``S 3.14``, ``S 3.15``).
    """
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        return None
    *parts, second = (int(item) for item in match.group(1, 2, 3, 4, 5, 6))
    offset_h, offset_min = int(match[9] or 0), int(match[10] or 0)
    # A leap second is the first moment of the next minute.
    if second > 60 or offset_h > 23 or offset_min > 59:
        return None
    try:
        minute = datetime(parts[0], parts[1], parts[2], parts[3], parts[4], tzinfo=UTC)
    except ValueError:
        return None
    # Nanoseconds are enough, and a float of a thousand digits would cost time.
    fraction_s = float(f"0.{match[7][:9]}") if match[7] else 0.0
    offset_s = (offset_h * 60 + offset_min) * 60 * (-1 if match[8] == "-" else 1)
    utc_s = minute.timestamp() + second + fraction_s - offset_s
    return min(max(utc_s, _FIRST_UTC_S), _LAST_UTC_S)


def date_time_of(utc_s: float) -> str:
    """ISO 8601 UTC with milliseconds and ``Z``; clamped to the years 1970 to 9999."""
    milliseconds = round(min(max(utc_s, 0.0), _LAST_UTC_S) * 1000)
    whole = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


def is_date_time(text: str) -> bool:
    """Format ``date-time`` of the schemas."""
    return utc_s_of(text) is not None


def is_uri(text: str) -> bool:
    """Format ``uri`` of the schemas: a scheme, a colon and characters that a URI may hold."""
    return _URI.fullmatch(text) is not None
