"""Reading the texts for triage, and recording its answers."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.arrays import as_array, as_rows
from models.ledger.events import bring_messages_forward, record_events
from models.maintenance_request import MaintenanceRequest
from models.ports import Triage, TriageText
from models.services.assignment_rules import assign_by_rules
from models.services.push_runs import queue_alerts
from models.services.search import index_requests
from models.views import View, condition_of
from models.words import Priority

# SQL for whole batches instead of objects: building each row in Python would cost several times as
# much as everything that PostgreSQL does with it.
_READ = text("""
    SELECT id, description, location, language FROM maintenance_requests
    WHERE id = ANY(CAST(:ids AS bigint[]))
""")
_LOCK = text(f"""
    SELECT id, created_at, reference, description, location, requester_name, contact_info,
        category = 'pending' AND priority = 'pending'
            AND {condition_of(View.OPEN)} AS refinable
    FROM maintenance_requests WHERE id = ANY(CAST(:ids AS bigint[]))
    ORDER BY id FOR NO KEY UPDATE
""")

# What ``values_of`` gives, as rows, and the end of a statement that has them.
ANSWERS = """
    answer AS (
        SELECT * FROM json_to_recordset(CAST(:answers AS json)) AS a (
            request_id bigint, category text, priority text, confidence float8, reason text,
            language text, model text, prompt_version text, degraded bool)
    )
"""
STORE_ANSWERS = """
    INSERT INTO triage_results (request_id, category, priority, confidence, reason, language,
        model, prompt_version, degraded)
    SELECT * FROM answer ORDER BY request_id
"""

# Danger that was found at submission makes the request urgent, whatever the engine answers: the
# requester's text may contain instructions for it.
_FILL_IN = text(f"""
    WITH {ANSWERS}, filled AS (
        UPDATE maintenance_requests r SET
            category = CASE WHEN r.category = 'pending' THEN a.category ELSE r.category END,
            unsure = CASE WHEN r.category = 'pending' THEN a.confidence < :sure_from
                          ELSE r.unsure END,
            priority = CASE WHEN r.priority <> 'pending' THEN r.priority
                            WHEN r.danger <> '' THEN 'urgent' ELSE a.priority END,
            updated_at = clock_timestamp(), version = r.version + 1
        FROM answer a WHERE r.id = ANY(CAST(:ids AS bigint[])) AND r.id = a.request_id
        RETURNING r.id, r.category, r.priority
    ), told AS (
        INSERT INTO timeline_entries (request_id, event, actor, data)
        SELECT id, 'request_categorized', '',
            jsonb_build_object('category', category, 'priority', priority)
        FROM filled ORDER BY id
    )
    {STORE_ANSWERS}
""")


# How long (seconds) at the most until the AI is asked in whose place the embedded engine answered:
# half of it is longer than the AI is left alone after a failure.
REFINEMENT_DELAY = 40.0


def list_texts(session: Session, ids: Sequence[int]) -> dict[int, TriageText]:
    """The engine's input for each request, by id; deleted requests are left out."""
    rows = session.execute(_READ, {"ids": as_array(ids)})
    return {row.id: TriageText(row.description, row.location, row.language) for row in rows}


def values_of(
    results: Mapping[int, Triage], ids: Sequence[int], sure_from: float
) -> dict[str, Any]:
    """The parameters of a statement that records the answers to the requests of these ``ids``."""
    return {
        "ids": as_array(ids),
        "answers": as_rows({"request_id": one, **results[one].as_dict()} for one in ids),
        "sure_from": sure_from,
    }


def record_results(
    session: Session,
    results: Mapping[int, Triage],
    *,
    sure_from: float = 0.0,
    call_ids: Mapping[int, str] | None = None,
) -> None:
    """Store each answer, and fill in category and priority where they are still ``pending``; then the
    rules say whose it is.

    ``results`` are by request id. A category or priority that an operator set meanwhile stays. An
    answer whose confidence (0 to 1) is below ``sure_from`` marks the request ``unsure``, for a
    person to check. Where it is ``degraded``, the AI will be asked again (see ``refinement``),
    unless the request is closed, or a category or priority came from somebody else.

    ``call_ids`` are the X-Request-IDs of the web calls, by request id.
    """
    found = session.execute(_LOCK, {"ids": as_array(sorted(results))}).all()
    if not found:
        return
    # The rows have the attributes of a request that the index reads.
    index_requests(session, cast("Sequence[MaintenanceRequest]", found))
    ids = [row.id for row in found]
    session.execute(_FILL_IN, values_of(results, ids, sure_from))
    assign_by_rules(session, ids, call_ids=call_ids)
    bring_messages_forward(session, ids)
    urgent = [one for one in ids if results[one].priority == Priority.URGENT]
    queue_alerts(session, urgent, call_ids=[(call_ids or {}).get(one, "") for one in urgent])
    again = [row.id for row in found if results[row.id].degraded and row.refinable]
    calls = [(call_ids or {}).get(request_id, "") for request_id in again]
    record_events(session, "refinement_due", again, request_ids=calls, delay=REFINEMENT_DELAY)
