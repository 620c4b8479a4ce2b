"""Times as people and programs write them."""

import re
import unicodedata
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

# A year of two digits stands first, as in Korea. Not with slashes: elsewhere 01/05/26 is the fifth of
# January, and nobody would see the mistake.
_DATE = re.compile(
    r"'?(?P<year>\d{4}(?=\s*[-./년])|\d{2}(?=\s*[-.년]))"
    r"\s*[-./년]\s*(?P<month>\d{1,2})\s*[-./월]\s*(?P<day>\d{1,2})\s*[.일]?"
    r"(?:\s*\([월화수목금토일]\))?"
    r"(?:(?:\s+|T)(?:(?P<half>오전|오후|AM|PM)\s*)?(?P<hour>\d{1,2})"
    r"(?::(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
    r"|\s*시(?:\s*(?P<minutes>\d{1,2})\s*분(?:\s*(?P<seconds>\d{1,2})\s*초)?)?)"
    r"(?:\s*(?P<later_half>오전|오후|AM|PM))?)?",
    re.ASCII | re.IGNORECASE,
)

_FIRST_YEAR = 1900
_CENTURY = 2000


def read_moment(text: str, timezone: ZoneInfo) -> datetime:
    """An RFC 3339 time, or a date with or without a time of day as spreadsheets write it.

    Without an offset it is the wall clock of ``timezone``. The result is in UTC.

    Raises:
        ValueError: it is none of these.
    """
    text = unicodedata.normalize("NFC", text).strip()
    if match := _DATE.fullmatch(text):
        moment = _from_parts(match)
    elif len(text) >= len("2026-11-23T14:05Z"):
        moment = datetime.fromisoformat(text)
    else:
        raise ValueError(text)
    if not _FIRST_YEAR <= moment.year < 9999:  # at the ends no other zone can say the time
        raise ValueError(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone)).astimezone(UTC)


def _from_parts(match: re.Match[str]) -> datetime:
    if match["half"] and match["later_half"]:
        raise ValueError(match.string)
    half, hour = (match["half"] or match["later_half"] or "").upper(), int(match["hour"] or 0)
    if half:
        if hour > 12:  # 오전 0시 is said as well as 오전 12시
            raise ValueError(match.string)
        hour = hour % 12 + (12 if half in ("오후", "PM") else 0)
    year = int(match["year"])
    return datetime(  # noqa: DTZ001 - the caller knows the place
        year if year > 99 else _CENTURY + year,
        int(match["month"]),
        int(match["day"]),
        hour,
        int(match["minute"] or match["minutes"] or 0),
        int(match["second"] or match["seconds"] or 0),
    )
