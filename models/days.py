"""Days of the house, as moments."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def start_of(day: date, timezone: ZoneInfo) -> datetime:
    """The first moment of ``day`` in ``timezone``, in UTC."""
    try:
        return datetime.combine(day, time(), timezone).astimezone(UTC)
    except OverflowError:  # of the year 1, east of Greenwich
        return datetime.combine(day, time(), UTC)


def end_of(day: date, timezone: ZoneInfo) -> datetime:
    """The first moment after ``day`` in ``timezone``, in UTC."""
    try:
        return start_of(day + timedelta(days=1), timezone)
    except OverflowError:  # of the year 9999
        return _LAST
