"""Moving in: requests that another system, or another Haja, has written down before."""

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
from models.danger.rules import find_danger
from models.ledger.dispatch import hold_back
from models.ledger.events import record_events
from models.maintenance_request import MaintenanceRequest
from models.services.contacts import find_email
from models.services.references import new_reference
from models.services.search import index_requests
from models.services.statistics import fold_deltas
from models.timeline_entry import TimelineEntry
from models.words import Category, Priority, Status

_REQUESTS = MaintenanceRequest.metadata.tables[MaintenanceRequest.__tablename__]
_TRIAGE = "triage.categorize_request"
_OPEN = (Status.PENDING, Status.IN_PROGRESS, Status.ON_HOLD)


@dataclass(frozen=True, slots=True)
class ImportedRequest:
    """A request as it comes, already checked. ``key`` is the same for the same line of the same
    source; ``reference`` may be empty; category and priority may be ``pending``: triage follows."""

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
    """``KNOWN``: it came before, and nothing new is made of it."""

    NEW = "new"
    KNOWN = "known"
    KEY_REUSED = "key_reused"
    REFERENCE_TAKEN = "reference_taken"


def judge_rows(session: Session, arrivals: Sequence[ImportedRequest]) -> list[Verdict]:
    """What would become of each, in order; writes nothing."""
    known = _known_hashes(session, [arrival.key for arrival in arrivals])
    taken = _taken_references(session, [a.reference for a in arrivals if a.reference])
    verdicts = []
    for arrival in arrivals:
        earlier = known.get(arrival.key)
        if earlier is not None:
            same = earlier == arrival.content_hash
            verdicts.append(Verdict.KNOWN if same else Verdict.KEY_REUSED)
        elif arrival.reference in taken:
            verdicts.append(Verdict.REFERENCE_TAKEN)
        else:
            verdicts.append(Verdict.NEW)
            known[arrival.key] = arrival.content_hash
            taken |= {arrival.reference} - {""}
    return verdicts


def _known_hashes(session: Session, keys: Sequence[str]) -> dict[str, bytes]:
    row = MaintenanceRequest
    found = session.execute(
        select(row.idempotency_key, row.content_hash).where(row.idempotency_key.in_(keys))
    )
    return {str(key): content_hash or b"" for key, content_hash in found}


def _taken_references(session: Session, references: Sequence[str]) -> set[str]:
    row = MaintenanceRequest
    return set(session.scalars(select(row.reference).where(row.reference.in_(references))))


def import_requests(
    session: Session,
    arrivals: Sequence[ImportedRequest],
    *,
    timezone: ZoneInfo,
    receipts: bool = False,
) -> list[Verdict]:
    """Write down what is new, findable at once, with the work that follows; safe to repeat.

    What has no category or priority goes through triage when no other waits for it. Nobody is mailed, but with ``receipts``
    the requesters of what is still open are.
    """
    verdicts = judge_rows(session, arrivals)
    new = [a for a, verdict in zip(arrivals, verdicts, strict=True) if verdict is Verdict.NEW]
    if not new:
        return verdicts
    written = _insert(session, new, timezone)
    if len(written) < len(new):  # somebody else was quicker with the same, or with a reference
        ours = {request.idempotency_key for request in written}
        again = iter(judge_rows(session, [a for a in new if a.key not in ours]))
        verdicts = [
            next(again) if v is Verdict.NEW and a.key not in ours else v
            for a, v in zip(arrivals, verdicts, strict=True)
        ]
    _follow_up(session, written, receipts=receipts)
    fold_deltas(session)  # each row left one, and who reads the numbers adds them up
    return verdicts


def _insert(
    session: Session, arrivals: Sequence[ImportedRequest], timezone: ZoneInfo
) -> list[MaintenanceRequest]:
    """The requests that were written, not attached to the session: they are only read from."""
    values = {arrival.key: _values(arrival, timezone) for arrival in arrivals}
    returned = session.execute(
        insert(_REQUESTS)
        .on_conflict_do_nothing()
        .returning(_REQUESTS.c.id, _REQUESTS.c.idempotency_key),
        list(values.values()),
    )
    ids = sorted((row.id, row.idempotency_key) for row in returned)
    return [MaintenanceRequest(id=row_id, **values[key]) for row_id, key in ids]


def _values(arrival: ImportedRequest, timezone: ZoneInfo) -> dict[str, Any]:
    values = asdict(arrival)
    values["idempotency_key"] = values.pop("key")
    return {
        **values,
        "reference": arrival.reference or new_reference(),
        "contact_email": find_email(arrival.contact_info),
        "danger": find_danger(f"{arrival.description}\n{arrival.location}") or "",
        "submitted_on": arrival.created_at.astimezone(timezone).date(),
        "version": 1,
    }


def _follow_up(session: Session, requests: Sequence[MaintenanceRequest], *, receipts: bool) -> None:
    moment = now()
    entries = [
        {"request_id": request.id, "event": event, "actor": "", "data": {}, "created_at": at}
        for request in requests
        for event, at in (("request_submitted", request.created_at), ("request_imported", moment))
    ]
    if entries:
        session.execute(plain_insert(TimelineEntry), entries)
    index_requests(session, requests)
    record_events(session, "request_imported", [r.id for r in requests if _needs_triage(r)])
    hold_back(session, _TRIAGE)  # who reports something now comes first
    if receipts:
        told = [r.id for r in requests if r.contact_email and r.status in _OPEN]
        record_events(session, "receipt_due", told)


def _needs_triage(request: MaintenanceRequest) -> bool:
    return request.category == Category.PENDING or request.priority == Priority.PENDING
