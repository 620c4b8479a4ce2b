"""What triage reads, and what its answer changes."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import now
from models.maintenance_request import MaintenanceRequest
from models.ports import Triage, TriageText
from models.services.search import index_requests
from models.timeline_entry import TimelineEntry
from models.triage_result import TriageResult
from models.words import Category, Priority


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
    requests = session.scalars(
        select(MaintenanceRequest)
        .where(MaintenanceRequest.id.in_(results))
        .order_by(MaintenanceRequest.id)
        .with_for_update()
    )
    found = requests.all()
    index_requests(session, found)
    for request in found:
        answer = results[request.id]
        if request.category == Category.PENDING:
            request.category = answer.category
            request.unsure = answer.confidence < sure_from
        if request.priority == Priority.PENDING:
            # Danger that was seen at submission stands, whatever an engine was talked into.
            request.priority = Priority.URGENT if request.danger else answer.priority
        request.updated_at = now()
        session.add(_result(request.id, answer))
        session.add(
            TimelineEntry(
                request_id=request.id,
                event="request_categorized",
                data={"category": request.category, "priority": request.priority},
            )
        )


def _result(request_id: int, answer: Triage) -> TriageResult:
    return TriageResult(
        request_id=request_id,
        category=answer.category,
        priority=answer.priority,
        confidence=answer.confidence,
        reason=answer.reason,
        language=answer.language,
        model=answer.model,
        prompt_version=answer.prompt_version,
        degraded=answer.degraded,
    )
