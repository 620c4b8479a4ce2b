"""Scheduled work: once per period, in the building's time, however beat ticks."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.schedule import Daily
from models.ledger.run import Run
from models.period import Period
from models.report import Report
from models.services.schedule import KINDS, record_due, start_due
from tests.crowd import at_once

SEOUL = ZoneInfo("Asia/Seoul")


def _seoul(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SEOUL)  # type: ignore[misc,arg-type]


def _runs(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Run)) or 0


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_period_of_a_kind_is_only_recorded_and_later_ones_start_once(
    session: Session, kind: str
) -> None:
    monday = _seoul(2026, 11, 23, 12)
    assert not record_due(session, kind, at=monday, timezone=SEOUL)
    assert not record_due(session, kind, at=monday, timezone=SEOUL)
    assert _runs(session) == 0
    week_later = _seoul(2026, 11, 30, 12)
    assert record_due(session, kind, at=week_later, timezone=SEOUL)
    assert not record_due(session, kind, at=week_later, timezone=SEOUL)
    assert _runs(session) == 1


def test_a_report_covers_the_days_before(session: Session) -> None:
    for kind in ("daily_report", "weekly_report"):
        record_due(session, kind, at=_seoul(2026, 11, 16, 12), timezone=SEOUL)
        record_due(session, kind, at=_seoul(2026, 11, 23, 12), timezone=SEOUL)
    daily, weekly = session.scalars(select(Report).order_by(Report.id)).all()
    assert (daily.first_day, daily.last_day) == (date(2026, 11, 22), date(2026, 11, 22))
    assert (weekly.first_day, weekly.last_day) == (date(2026, 11, 16), date(2026, 11, 22))


def test_after_a_long_outage_only_the_newest_period_is_started(session: Session) -> None:
    record_due(session, "daily_report", at=_seoul(2026, 11, 1, 12), timezone=SEOUL)
    assert record_due(session, "daily_report", at=_seoul(2026, 11, 9, 3), timezone=SEOUL)
    assert _runs(session) == 1
    report = session.scalars(select(Report)).one()
    # At 03:00 the newest due period is that of the day before.
    assert report.last_day == date(2026, 11, 7)


def test_two_beats_at_once_start_it_once(committed: Callable[[], Session]) -> None:
    with committed() as session, session.begin():
        record_due(session, "daily_report", at=_seoul(2026, 11, 1, 12), timezone=SEOUL)

    def tick(_number: int) -> bool:
        with committed() as session, session.begin():
            return record_due(session, "daily_report", at=_seoul(2026, 11, 2, 12), timezone=SEOUL)

    assert sum(at_once(12, tick)) == 1
    with committed() as session:
        assert _runs(session) == 1


def test_two_beats_at_once_on_a_new_installation_start_nothing(
    committed: Callable[[], Session],
) -> None:
    def tick(_number: int) -> bool:
        with committed() as session, session.begin():
            return record_due(session, "daily_report", at=_seoul(2026, 11, 2, 12), timezone=SEOUL)

    assert not any(at_once(12, tick))
    with committed() as session:
        assert session.scalar(select(func.count()).select_from(Period)) == 1


def test_periods_that_a_wrong_clock_started_keep_no_later_one(session: Session) -> None:
    """The clock was years ahead, and is put right."""
    for kind in KINDS:
        record_due(session, kind, at=_seoul(2029, 1, 2, 12), timezone=SEOUL)
    start_due(session, timezone=SEOUL)
    assert not session.scalars(select(Period).where(Period.period > "2028")).all()
    assert len(session.scalars(select(Period)).all()) == len(KINDS)


@pytest.mark.parametrize(
    ("at", "moment", "expected"),
    [
        (time(7), "2026-11-23T06:59:59+09:00", "2026-11-22"),
        (time(7), "2026-11-23T07:00:00+09:00", "2026-11-23"),
        (time(7), "2026-11-22T22:00:00+00:00", "2026-11-23"),
        (time(0), "2026-11-22T15:00:00+00:00", "2026-11-23"),
        (time(23, 59), "2027-01-01T00:00:00+09:00", "2026-12-31"),
    ],
)
def test_the_newest_occurrence(at: time, moment: str, expected: str) -> None:
    day = Daily(at).latest_due(datetime.fromisoformat(moment), SEOUL)
    assert day == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23T07:00:00+09:00", "2026-11-23"),  # a Monday
        ("2026-11-23T06:59:00+09:00", "2026-11-16"),
        ("2026-11-29T23:00:00+09:00", "2026-11-23"),
    ],
)
def test_the_newest_monday(moment: str, expected: str) -> None:
    day = Daily(time(7), weekday=0).latest_due(datetime.fromisoformat(moment), SEOUL)
    assert day == date.fromisoformat(expected)


@pytest.mark.parametrize(
    "zone", ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Seoul"]
)
def test_each_day_is_due_once_through_every_change_of_clocks(zone: str) -> None:
    """A year in steps of ten minutes: days follow each other without a gap."""
    timezone = ZoneInfo(zone)
    for at in (time(2, 30), time(3), time(7)):
        seen: list[date] = []
        start = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
        for second in range(start, start + 366 * 86400, 600):
            day = Daily(at).latest_due(datetime.fromtimestamp(second, UTC), timezone)
            if not seen or day != seen[-1]:
                seen.append(day)
        gaps = {(later - earlier).days for earlier, later in pairwise(seen)}
        assert gaps <= {1, -1}, (zone, at, gaps)
        # If the clock is set back over this time, the day comes twice; its row starts it once.
        assert len(set(seen)) in (366, 367)
