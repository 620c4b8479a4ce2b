"""Scheduled work: a row for each period starts it once, however often or late beat ticks."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from config.schedule import SCHEDULE
from models.ledger.events import record_event
from models.period import Period
from models.report import ReportKind
from models.services.reports import order_report

KINDS = tuple(SCHEDULE)


def start_due(session: Session, *, timezone: ZoneInfo) -> None:
    """Start the newest due period of each kind, by the database's clock."""
    at: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    # While the clock was ahead, periods of days that are still to come were started.
    tomorrow = at.astimezone(timezone).date() + timedelta(days=1)
    session.execute(delete(Period).where(Period.period > tomorrow.isoformat()))
    for kind in KINDS:
        record_due(session, kind, at=at, timezone=timezone)


def record_due(session: Session, kind: str, *, at: datetime, timezone: ZoneInfo) -> bool:
    """Start the newest due period of ``kind``; returns whether it was started now.

    The first period of a kind is only recorded, not started: a new installation makes no reports
    of days before it existed.
    """
    day = SCHEDULE[kind].latest_due(at, timezone)
    is_first = session.scalar(select(Period.period).where(Period.kind == kind).limit(1)) is None
    started = session.execute(
        insert(Period)
        .values(kind=kind, period=day.isoformat())
        .on_conflict_do_nothing()
        .returning(Period.period)
    ).scalar()
    if started is None or is_first:
        return False
    _start(session, kind, day)
    return True


def _start(session: Session, kind: str, day: date) -> None:
    yesterday = day - timedelta(days=1)
    if kind == "daily_report":
        order_report(session, ReportKind.DAILY, first_day=yesterday, last_day=yesterday)
    elif kind == "weekly_report":
        order_report(
            session, ReportKind.WEEKLY, first_day=day - timedelta(days=7), last_day=yesterday
        )
    else:
        record_event(session, f"{kind}_due", subject_id=day.toordinal())
