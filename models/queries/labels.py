"""What people said about requests: labels to learn from, and how often triage was right."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from models.learning import Answered, Label
from models.ports import Triage, TriageText

# A field that nobody corrected or confirmed keeps the request's value if the other field was.
_LABELS = text("""
    WITH words AS (
        SELECT DISTINCT ON (request_id, field) request_id, field, became
        FROM corrections ORDER BY request_id, field, id DESC
    ), judged AS (
        SELECT request_id,
               max(became) FILTER (WHERE field = 'category') AS category,
               max(became) FILTER (WHERE field = 'priority') AS priority
        FROM words GROUP BY request_id
    ), labels AS (
        SELECT r.id, r.description, r.location, r.language, r.requester_name,
               coalesce(j.category, r.category) AS category,
               coalesce(j.priority, r.priority) AS priority
        FROM judged j JOIN maintenance_requests r ON r.id = j.request_id
    )
    SELECT * FROM labels
    WHERE category <> 'pending' AND priority <> 'pending'
    ORDER BY id DESC LIMIT :most
""")

# A request's category and priority are final once a person confirmed or corrected them or finished
# the work.
_ANSWERED = text("""
    SELECT r.description, r.location, r.language, r.requester_name,
           r.category, r.priority,
           t.category AS said_category, t.priority AS said_priority, t.confidence,
           t.model, t.prompt_version, t.degraded
    FROM maintenance_requests r
    JOIN LATERAL (
        SELECT * FROM triage_results t WHERE t.request_id = r.id ORDER BY t.id DESC LIMIT 1
    ) t ON true
    WHERE r.created_at >= :since AND r.category <> 'pending' AND r.priority <> 'pending'
      AND (r.status = 'completed'
           OR EXISTS (SELECT 1 FROM corrections c WHERE c.request_id = r.id))
    ORDER BY r.id
""")

MOST_LABELS = 20_000


def list_labels(session: Session, *, most: int = MOST_LABELS) -> list[Label]:
    """One label for each request that a person confirmed or corrected, the newest requests first.

    The newest correction of each field counts.
    """
    return [_label(row) for row in session.execute(_LABELS, {"most": most})]


def list_answered(session: Session, *, since: datetime) -> Iterator[Answered]:
    """Stored answers about requests created since ``since`` for which a person's answer is known."""
    for row in session.execute(_ANSWERED, {"since": since}):
        triage = Triage(
            category=row.said_category,
            priority=row.said_priority,
            confidence=row.confidence,
            reason="",
            language=row.language,
            model=row.model,
            prompt_version=row.prompt_version,
            degraded=row.degraded,
        )
        yield Answered(triage, _label(row))


def _label(row: "Row[tuple[str, ...]]") -> Label:
    return Label(
        text=TriageText(row.description, row.location, row.language),
        category=row.category,
        priority=row.priority,
        names=(row.requester_name,) if row.requester_name else (),
    )
