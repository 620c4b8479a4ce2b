"""Times as people read them: in the building's time zone, by the customs of their language."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta

from web.pages.translations import translator_of

_MOMENT = {"ko": "y년 M월 d일 (E) HH:mm", "en": "d MMM y, HH:mm"}
_DATE = {"ko": "M월 d일", "en": "d MMM"}
_DAY = {"ko": "M월 d일 (E)", "en": "EEE d MMM"}

_MINUTE, _HOUR, _WHOLE_DAY = 60, 3600, 86400  # seconds


def show_moment(language: str, zone: ZoneInfo, value: datetime) -> str:
    """Day and minute, as ``2026년 11월 23일 (월) 14:05`` or ``23 Nov 2026, 14:05``."""
    return format_datetime(value, _MOMENT[language], tzinfo=zone, locale=_locale(language))


def show_day(language: str, value: date) -> str:
    """With the day of the week."""
    return format_date(value, _DAY[language], locale=_locale(language))


def show_date(language: str, value: date) -> str:
    return format_date(value, _DATE[language], locale=_locale(language))


def show_age(language: str, value: datetime) -> str:
    """How long ago, roughly: ``방금``, ``3분 전``, ``3 minutes ago``."""
    seconds = int((datetime.now(UTC) - value).total_seconds())
    if seconds < _MINUTE:
        return translator_of(language).say("just_now")
    # In steps that are finer than what is shown: the same words are put together once.
    step = next((unit for unit in (_WHOLE_DAY, _HOUR) if seconds > 30 * unit), _MINUTE)
    return _show_age(language, seconds // step * step)


@lru_cache(maxsize=2048)
def _show_age(language: str, seconds: int) -> str:
    passed = timedelta(seconds=-seconds)
    return format_timedelta(passed, add_direction=True, locale=_locale(language))


@lru_cache(maxsize=2)
def _locale(language: str) -> Locale:
    return Locale(language)


def machine_moment(value: datetime) -> str:
    """RFC 3339 in UTC, for the ``datetime`` attribute."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
