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


def first_day_of(begin: datetime, timezone: ZoneInfo) -> date:
    """The day in ``timezone`` that ``begin`` is in."""
    try:
        return begin.astimezone(timezone).date()
    except OverflowError:  # of the year 9999, east of Greenwich, or of the year 1, west of it
        return begin.date()


def last_day_of(end: datetime, timezone: ZoneInfo) -> date:
    """The day in ``timezone`` that is over at ``end``, or the one that ``end`` is in."""
    try:
        return first_day_of(end - timedelta(microseconds=1), timezone)
    except OverflowError:  # the first moment of the year 1
        return end.date()
