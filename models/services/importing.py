"""Importing requests from another system, or from another installation of Haja."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert as plain_insert
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.base import now
from models.danger.rules import find_danger_reported
from models.ledger.dispatch import hold_back
from models.ledger.events import record_events
from models.maintenance_request import MaintenanceRequest
from models.services.assignees import Assignee, find_assignee
from models.services.contacts import find_email
from models.services.references import new_reference
from models.services.search import index_requests
from models.services.statistics import fold_deltas
from models.timeline_entry import TimelineEntry
from models.words import OPEN, Category, Priority

_REQUESTS = MaintenanceRequest.metadata.tables[MaintenanceRequest.__tablename__]
_TRIAGE = "triage.categorize_request"


@dataclass(frozen=True, slots=True)
class ImportedRequest:
    """A validated row of an import. ``key`` is the same for the same line of the same source;
    ``reference`` may be empty; category and priority may be ``pending``, then triage follows."""

    key: str
    content_hash: bytes
    reference: str
    description: str
    location: str
    contact_info: str
    requester_name: str
    language: str
    category: str
    priority: str
    status: str
    assignee: str
    unsure: bool
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None


class Verdict(StrEnum):
    """What an import does with a row. ``KNOWN``: it was imported before, so nothing is written."""

    NEW = "new"
    KNOWN = "known"
    KEY_REUSED = "key_reused"
    REFERENCE_TAKEN = "reference_taken"


def judge_rows(session: Session, rows: Sequence[ImportedRequest]) -> list[Verdict]:
    """What an import would do with each row, in order; writes nothing."""
    known = _known_hashes(session, [row.key for row in rows])
    taken = _taken_references(session, [row.reference for row in rows if row.reference])
    verdicts = []
    for row in rows:
        earlier = known.get(row.key)
        if earlier is not None:
            same = earlier == row.content_hash
            verdicts.append(Verdict.KNOWN if same else Verdict.KEY_REUSED)
        elif row.reference in taken:
            verdicts.append(Verdict.REFERENCE_TAKEN)
        else:
            verdicts.append(Verdict.NEW)
            known[row.key] = row.content_hash
            taken |= {row.reference} - {""}
    return verdicts


def _known_hashes(session: Session, keys: Sequence[str]) -> dict[str, bytes]:
    table = MaintenanceRequest
    found = session.execute(
        select(table.idempotency_key, table.content_hash).where(table.idempotency_key.in_(keys))
    )
    return {str(key): content_hash or b"" for key, content_hash in found}


def _taken_references(session: Session, references: Sequence[str]) -> set[str]:
    table = MaintenanceRequest
    return set(session.scalars(select(table.reference).where(table.reference.in_(references))))


def import_requests(
    session: Session,
    rows: Sequence[ImportedRequest],
    *,
    timezone: ZoneInfo,
    receipts: bool = False,
) -> list[Verdict]:
    """Insert the new requests, index them for search and record their runs; safe to repeat.

    Requests without a category or priority go through triage, after all triage that requesters wait
    for. No mails are sent, except receipts for open requests if ``receipts`` is set.

    Returns what was done with each row, in order.
    """
    verdicts = judge_rows(session, rows)
    new = [row for row, verdict in zip(rows, verdicts, strict=True) if verdict is Verdict.NEW]
    if not new:
        return verdicts
    written = _insert(session, new, timezone)
    if len(written) < len(new):  # meanwhile somebody else inserted the same row or a reference
        inserted = {request.idempotency_key for request in written}
        again = iter(judge_rows(session, [row for row in new if row.key not in inserted]))
        verdicts = [
            next(again) if verdict is Verdict.NEW and row.key not in inserted else verdict
            for row, verdict in zip(rows, verdicts, strict=True)
        ]
    _follow_up(session, written, receipts=receipts)
    fold_deltas(session)  # else each reader of the statistics adds up a delta per row
    return verdicts


def _insert(
    session: Session, rows: Sequence[ImportedRequest], timezone: ZoneInfo
) -> list[MaintenanceRequest]:
    """The requests that were inserted, not attached to the session: the caller only reads them."""
    assignees = {name: find_assignee(session, name) for name in {row.assignee for row in rows}}
    values = {row.key: _values(row, timezone, assignees[row.assignee]) for row in rows}
    returned = session.execute(
        insert(_REQUESTS)
        .on_conflict_do_nothing()
        .returning(_REQUESTS.c.id, _REQUESTS.c.idempotency_key),
        list(values.values()),
    )
    ids = sorted((row.id, row.idempotency_key) for row in returned)
    return [MaintenanceRequest(id=row_id, **values[key]) for row_id, key in ids]


def _values(row: ImportedRequest, timezone: ZoneInfo, assignee: Assignee) -> dict[str, Any]:
    values = asdict(row)
    values["idempotency_key"] = values.pop("key")
    return {
        **values,
        "assignee": assignee.name,
        "assignee_user_id": assignee.user_id,
        "assignee_team_id": assignee.team_id,
        "reference": row.reference or new_reference(),
        "contact_email": find_email(row.contact_info),
        "danger": find_danger_reported(row.description, row.location) or "",
        "submitted_on": row.created_at.astimezone(timezone).date(),
        "version": 1,
    }


def _follow_up(session: Session, requests: Sequence[MaintenanceRequest], *, receipts: bool) -> None:
    imported_at = now()
    entries = [
        {"request_id": request.id, "event": event, "actor": "", "data": {}, "created_at": at}
        for request in requests
        for event, at in (
            ("request_submitted", request.created_at),
            ("request_imported", imported_at),
        )
    ]
    if entries:
        session.execute(plain_insert(TimelineEntry), entries)
    index_requests(session, requests)
    record_events(session, "request_imported", [r.id for r in requests if _needs_triage(r)])
    hold_back(session, _TRIAGE)  # new requests come first
    if receipts:
        recipients = [r.id for r in requests if r.contact_email and r.status in OPEN]
        record_events(session, "receipt_due", recipients)


def _needs_triage(request: MaintenanceRequest) -> bool:
    return request.category == Category.PENDING or request.priority == Priority.PENDING
