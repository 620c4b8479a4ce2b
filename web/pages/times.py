"""Times as people read them: in the building's time zone, by the customs of their language."""

from datetime import UTC, date, datetime, timedelta

from babel.dates import format_date, format_datetime, format_timedelta

from config.settings import get_settings
from web.http.language import current_language
from web.pages.translations import say

_MOMENT = {"ko": "y년 M월 d일 (E) HH:mm", "en": "d MMM y, HH:mm"}
_DATE = {"ko": "M월 d일", "en": "d MMM"}
_DAY = {"ko": "M월 d일 (E)", "en": "EEE d MMM"}


def show_moment(value: datetime) -> str:
    """Day and minute, as ``2026년 11월 23일 (월) 14:05`` or ``23 Nov 2026, 14:05``."""
    language = current_language()
    zone = get_settings().timezone
    return format_datetime(value, _MOMENT[language], tzinfo=zone, locale=language)


def show_day(value: date) -> str:
    language = current_language()
    return format_date(value, _DAY[language], locale=language)


def show_date(value: date) -> str:
    """Without the day of the week."""
    language = current_language()
    return format_date(value, _DATE[language], locale=language)


def show_age(value: datetime) -> str:
    """How long ago, roughly: ``방금``, ``3분 전``, ``3 minutes ago``."""
    seconds = (datetime.now(UTC) - value).total_seconds()
    if seconds < 60:
        return say("just_now")
    passed = timedelta(seconds=-seconds)
    return format_timedelta(passed, add_direction=True, locale=current_language())


def machine_moment(value: datetime) -> str:
    """RFC 3339 in UTC, for the ``datetime`` attribute."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
