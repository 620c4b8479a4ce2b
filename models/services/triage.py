"""What triage reads, and what its answer changes."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, cast

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.maintenance_request import MaintenanceRequest
from models.ports import Triage, TriageText
from models.services.search import index_requests

# Sets and not objects: triage fills in whole batches, and building each row in Python would cost
# several times as much as everything that PostgreSQL does with it.
_LOCK = text("""
    SELECT id, created_at, reference, description, location, requester_name, contact_info
    FROM maintenance_requests WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE
""")

# Danger that was seen at submission stands, whatever an engine was talked into.
_FILL_IN = text("""
    WITH answer AS (
        SELECT * FROM unnest(
            CAST(:ids AS bigint[]), CAST(:category AS text[]), CAST(:priority AS text[]),
            CAST(:confidence AS float8[]), CAST(:reason AS text[]), CAST(:language AS text[]),
            CAST(:model AS text[]), CAST(:prompt_version AS text[]), CAST(:degraded AS bool[])
        ) AS a (request_id, category, priority, confidence, reason, language, model,
                prompt_version, degraded)
    ), filled AS (
        UPDATE maintenance_requests r SET
            category = CASE WHEN r.category = 'pending' THEN a.category ELSE r.category END,
            unsure = CASE WHEN r.category = 'pending' THEN a.confidence < :sure_from
                          ELSE r.unsure END,
            priority = CASE WHEN r.priority <> 'pending' THEN r.priority
                            WHEN r.danger <> '' THEN 'urgent' ELSE a.priority END,
            updated_at = clock_timestamp(), version = r.version + 1
        FROM answer a WHERE r.id = a.request_id
        RETURNING r.id, r.category, r.priority
    ), told AS (
        INSERT INTO timeline_entries (request_id, event, actor, data)
        SELECT id, 'request_categorized', '',
            jsonb_build_object('category', category, 'priority', priority)
        FROM filled ORDER BY id
    )
    INSERT INTO triage_results (request_id, category, priority, confidence, reason, language,
        model, prompt_version, degraded)
    SELECT * FROM answer ORDER BY request_id
""")


def list_texts(session: Session, ids: Sequence[int]) -> dict[int, TriageText]:
    """What the engine gets to read of each request; ids that are gone are left out."""
    rows = session.execute(
        select(
            MaintenanceRequest.id,
            MaintenanceRequest.description,
            MaintenanceRequest.location,
            MaintenanceRequest.language,
        ).where(MaintenanceRequest.id.in_(ids))
    )
    return {row.id: TriageText(row.description, row.location, row.language) for row in rows}


def record_results(
    session: Session, results: Mapping[int, Triage], *, sure_from: float = 0.0
) -> None:
    """Keep each answer and fill in what is still ``pending``.

    A category or priority that an operator set while the engine was thinking stays. An answer
    whose confidence is below ``sure_from`` leaves the request ``unsure``, for a person to look at.
    """
    found = session.execute(_LOCK, {"ids": sorted(results)}).all()
    if not found:
        return
    index_requests(session, cast("Sequence[MaintenanceRequest]", found))  # as far as it reads them
    answers = {row.id: results[row.id] for row in found}
    session.execute(_FILL_IN, _columns(answers) | {"sure_from": sure_from})


def _columns(answers: Mapping[int, Triage]) -> dict[str, list[Any]]:
    """One list for each column of the answers: the statement takes them apart again."""
    names = [field.name for field in fields(Triage)]
    values = {name: [getattr(one, name) for one in answers.values()] for name in names}
    return {"ids": list(answers), **values}
