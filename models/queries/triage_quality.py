"""How often triage was right, week by week; corrected requests, and those that need a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session, selectinload

from models.correction import Correction
from models.maintenance_request import MaintenanceRequest
from models.user import User

# A request's category and priority are final once a person confirmed or corrected them, or finished
# the work without changing them.
_WEEKS = text("""
    SELECT date_trunc('week', r.created_at AT TIME ZONE :zone)::date AS week,
           r.language, r.category, count(*) AS judged,
           count(*) FILTER (WHERE t.category = r.category) AS right_category,
           count(*) FILTER (WHERE t.priority = r.priority) AS right_priority
    FROM maintenance_requests r
    JOIN LATERAL (
        SELECT category, priority FROM triage_results t
        WHERE t.request_id = r.id ORDER BY t.id DESC LIMIT 1
    ) t ON true
    WHERE r.created_at >= :since AND r.category <> 'pending' AND r.priority <> 'pending'
      AND (r.status = 'completed'
           OR EXISTS (SELECT 1 FROM corrections c WHERE c.request_id = r.id))
    GROUP BY 1, 2, 3
""")


@dataclass(frozen=True, slots=True)
class WeekCount:
    """Requests of one week (its Monday), language and final category, and how many were right."""

    week: date
    language: str
    category: str
    judged: int
    right_category: int
    right_priority: int


@dataclass(frozen=True, slots=True)
class Corrected:
    """One field for which a person chose another value than triage."""

    request_id: int
    reference: str
    description: str
    language: str
    field: str
    was: str
    became: str
    at: datetime
    by: str


def count_weeks(session: Session, *, since: datetime, zone: str) -> list[WeekCount]:
    """Counts of the requests submitted since ``since``; weeks are those of the time zone."""
    rows = session.execute(_WEEKS, {"since": since, "zone": zone})
    return [WeekCount(*row) for row in rows]


def list_corrected(session: Session, *, limit: int) -> list[Corrected]:
    """The newest corrections of triage answers. A value set before triage answered is none."""
    query = (
        select(
            MaintenanceRequest.id,
            MaintenanceRequest.reference,
            MaintenanceRequest.description,
            MaintenanceRequest.language,
            Correction.field,
            Correction.was,
            Correction.became,
            Correction.created_at,
            User.name,
            User.username,
        )
        .join(MaintenanceRequest, MaintenanceRequest.id == Correction.request_id)
        .outerjoin(User, User.id == Correction.user_id)
        .where(Correction.was != Correction.became, Correction.was != "pending")
        .order_by(Correction.id.desc())
        .limit(limit)
    )
    return [
        Corrected(
            request_id=row.id,
            reference=row.reference,
            description=row.description,
            language=row.language,
            field=row.field,
            was=row.was,
            became=row.became,
            at=row.created_at,
            by=row.name or row.username or "",
        )
        for row in session.execute(query)
    ]


def list_unsure(session: Session, *, limit: int) -> Sequence[MaintenanceRequest]:
    """Requests that a person has to check, the newest first, with their triage results."""
    return session.scalars(
        select(MaintenanceRequest)
        .options(selectinload(MaintenanceRequest.triage_results))
        .where(MaintenanceRequest.unsure)
        .order_by(MaintenanceRequest.id.desc())
        .limit(limit)
    ).all()
