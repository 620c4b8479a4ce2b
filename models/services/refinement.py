"""Asking the AI again about requests that the embedded engine answered in its place.

Only what no person has touched: it is open, nobody corrected or confirmed it or stands in its
timeline, and its newest answer is still ``degraded``.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.arrays import as_array
from models.ledger.events import record_events
from models.ports import Triage, TriageText
from models.services.assignment_rules import assign_by_rules
from models.services.push_runs import queue_alerts
from models.services.triage import ANSWERS, STORE_ANSWERS, values_of
from models.views import View, condition_of
from models.words import Priority

_UNTOUCHED = f"""
    {condition_of(View.OPEN, "r")}
    AND NOT EXISTS (SELECT 1 FROM corrections c WHERE c.request_id = r.id)
    AND NOT EXISTS (SELECT 1 FROM timeline_entries e WHERE e.request_id = r.id AND e.actor <> '')
    AND (SELECT t.degraded FROM triage_results t WHERE t.request_id = r.id
         ORDER BY t.id DESC LIMIT 1)
"""
_READ = text(f"""
    SELECT id, description, location, language FROM maintenance_requests r
    WHERE id = ANY(CAST(:ids AS bigint[])) AND {_UNTOUCHED}
""")
# Two statements: what a person committed while the lock was waited for is seen by the second.
_LOCK = text("""
    SELECT id FROM maintenance_requests WHERE id = ANY(CAST(:ids AS bigint[]))
    ORDER BY id FOR NO KEY UPDATE
""")
_FIND = text(f"""
    SELECT id, priority FROM maintenance_requests r
    WHERE id = ANY(CAST(:ids AS bigint[])) AND {_UNTOUCHED} ORDER BY id
""")
# As at the first answer, danger that was found at submission stays urgent.
_REPLACE = text(f"""
    WITH {ANSWERS}, refined AS (
        UPDATE maintenance_requests r SET
            category = a.category, unsure = a.confidence < :sure_from,
            priority = CASE WHEN r.danger <> '' THEN 'urgent' ELSE a.priority END,
            updated_at = clock_timestamp(), version = r.version + 1
        FROM answer a WHERE r.id = ANY(CAST(:ids AS bigint[])) AND r.id = a.request_id
        RETURNING r.id, r.category, r.priority
    ), told AS (
        INSERT INTO timeline_entries (request_id, event, actor, data)
        SELECT id, 'request_refined', '',
            jsonb_build_object('category', category, 'priority', priority)
        FROM refined ORDER BY id
    )
    {STORE_ANSWERS}
""")


def list_refinable(session: Session, ids: Sequence[int]) -> dict[int, TriageText]:
    """The engine's input for each request that no person has touched, by id."""
    rows = session.execute(_READ, {"ids": as_array(ids)})
    return {row.id: TriageText(row.description, row.location, row.language) for row in rows}


def record_refinements(
    session: Session,
    results: Mapping[int, Triage],
    *,
    sure_from: float = 0.0,
    call_ids: Mapping[int, str] | None = None,
) -> None:
    """Store each answer and let it replace category and priority, where still no person has touched
    the request; the others are left alone.

    Parameters as for ``triage.record_results``. Who is told by mail was told already: only
    operators are told again, of a request that turns out to be urgent.
    """
    session.execute(_LOCK, {"ids": as_array(sorted(results))})
    found = session.execute(_FIND, {"ids": as_array(sorted(results))}).all()
    if not found:
        return
    ids = [row.id for row in found]
    session.execute(_REPLACE, values_of(results, ids, sure_from))
    assign_by_rules(session, ids, call_ids=call_ids)
    urgent = [
        row.id for row in found if results[row.id].priority == Priority.URGENT != row.priority
    ]
    calls = [(call_ids or {}).get(request_id, "") for request_id in urgent]
    if get_settings().operator_mailboxes:
        record_events(session, "notice_due", urgent, request_ids=calls)
    queue_alerts(session, urgent, call_ids=calls)
