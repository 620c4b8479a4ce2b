"""Daily and weekly reports: creating them, counting their numbers, queueing their mails."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.errors import NotFound
from models.ledger.events import record_event
from models.ledger.steps import Claim
from models.mail_templates.reports import write_report
from models.report import Report, ReportKind
from models.services.mails import queue_mails, report_mail

_NUMBERS = text("""
    WITH span AS (
        SELECT category, priority, status FROM maintenance_requests
        WHERE submitted_on BETWEEN :first AND :last
    ), finished AS (
        SELECT extract(epoch FROM completed_at - created_at) / 3600 AS hours
        FROM maintenance_requests
        WHERE status = 'completed'
          AND (completed_at AT TIME ZONE :zone)::date BETWEEN :first AND :last
    )
    SELECT (SELECT count(*) FROM span) AS received,
        (SELECT count(*) FROM finished) AS completed,
        (SELECT avg(hours)::float FROM finished) AS hours_to_complete,
        (SELECT count(*) FROM maintenance_requests
         WHERE status NOT IN ('completed', 'cancelled')) AS open,
        (SELECT coalesce(jsonb_object_agg(category, n), '{}') FROM
            (SELECT category, count(*) AS n FROM span GROUP BY 1) AS c) AS by_category,
        (SELECT coalesce(jsonb_object_agg(priority, n), '{}') FROM
            (SELECT priority, count(*) AS n FROM span GROUP BY 1) AS p) AS by_priority
""")

_BY_DAY = text("""
    SELECT d::date::text AS day, count(r.id) AS n
    FROM generate_series(CAST(:first AS date), CAST(:last AS date), '1 day') AS d
    LEFT JOIN maintenance_requests r ON r.submitted_on = d::date
    GROUP BY 1 ORDER BY 1
""")


def order_report(
    session: Session, kind: ReportKind, *, first_day: date, last_day: date, call_id: str = ""
) -> Report:
    """Create a report and the run that builds it and mails it to those whom the settings name now,
    here: the worker that mails it may have others."""
    recipients = [str(mailbox) for mailbox in get_settings().report_mailboxes]
    report = Report(kind=kind, first_day=first_day, last_day=last_day, recipients=recipients)
    session.add(report)
    session.flush()
    record_event(session, "report_due", subject_id=report.id, request_id=call_id)
    return report


def count_days(session: Session, report_id: int) -> dict[str, Any]:
    """The numbers of a report's days.

    Raises:
        NotFound: the report was deleted.
    """
    report = session.get(Report, report_id)
    if report is None:
        raise NotFound
    span = {"first": report.first_day, "last": report.last_day}
    row = session.execute(_NUMBERS, {**span, "zone": get_settings().haja_timezone}).one()
    numbers = dict(row._mapping)
    numbers["by_day"] = {row.day: row.n for row in session.execute(_BY_DAY, span)}
    return numbers


def record_report(
    session: Session, report_id: int, *, numbers: dict[str, Any], chart: bytes
) -> None:
    """Store the numbers and the chart (PNG)."""
    report = session.get(Report, report_id)
    if report is not None:
        report.numbers, report.chart = numbers, chart


def queue_report_mails(session: Session, claims: Iterable[Claim]) -> None:
    """One message to each recipient of a report."""
    settings = get_settings()
    for claim in claims:
        report = session.get(Report, claim.subject_id)
        if report is None:
            continue
        mail = write_report(report, "ko", f"{settings.base_url}/desk/dashboard")
        recipients = report.recipients
        if recipients is None:
            recipients = [str(mailbox) for mailbox in settings.report_mailboxes]
        queue_mails(session, (report_mail(report, recipient, mail) for recipient in recipients))
