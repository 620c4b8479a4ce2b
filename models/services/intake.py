"""The front desk: a request is written down once, with everything that has to follow from it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models import wiring
from models.base import now
from models.danger.rules import find_danger
from models.errors import KeyReused
from models.ledger.events import steps_of
from models.maintenance_request import MaintenanceRequest
from models.services.contacts import find_email
from models.services.photos import NewPhoto, add_photo
from models.services.references import new_reference
from models.words import Category, Priority, Status

EVENT = "request_submitted"


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody reports, already checked for length and characters."""

    description: str
    location: str = ""
    contact_info: str = ""
    requester_name: str = ""
    language: str = "ko"
    photos: tuple[NewPhoto, ...] = ()

    def content_hash(self) -> bytes:
        """SHA-256 over all that was said: tells a repeated call from a reused key."""
        words = [
            self.description,
            self.location,
            self.contact_info,
            self.requester_name,
            self.language,
            *(hashlib.sha256(photo.content).hexdigest() for photo in self.photos),
        ]
        return hashlib.sha256(orjson.dumps(words)).digest()


@dataclass(frozen=True, slots=True)
class Submitted:
    """A request as it was the moment it was written down: a repeated call is answered as the
    first was, whatever has happened to the request since. ``created_at`` is in UTC."""

    id: int
    reference: str
    description: str
    location: str
    contact_info: str
    requester_name: str
    language: str
    danger: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """``replayed`` is true if this key had been here before and nothing new was made."""

    request: Submitted
    replayed: bool = False


# What is written of each submission, by its type in PostgreSQL.
COLUMNS = {
    "reference": "text",
    "description": "text",
    "location": "text",
    "contact_info": "text",
    "contact_email": "text",
    "requester_name": "text",
    "language": "text",
    "danger": "text",
    "submitted_on": "date",
    "created_at": "timestamptz",
    "idempotency_key": "text",
    "content_hash": "bytea",
    "submitted_by": "bigint",
    "call_id": "text",
}


def writing(rows: str, tasks: str) -> str:
    """SQL that writes requests, their first timeline entries, their runs and the runs' steps.

    One statement, because whoever reports a fault waits for it, and each round trip to the
    database costs more than the rows. ``rows`` and ``tasks`` are the placeholders of what
    ``parameters`` gives: as one JSON text the rows cost the driver half of what an array for each
    column costs. Returns the id and the reference of each request that was written: not of one
    whose key (or, once in a blue moon, whose reference) is taken.
    """
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    return f"""
        WITH given AS (
            SELECT given.* FROM json_to_recordset(CAST({rows} AS json)) AS given ({columns})
        ), submitted AS (
            INSERT INTO maintenance_requests (
                reference, description, location, contact_info, contact_email, requester_name,
                language, danger, submitted_on, created_at, updated_at,
                idempotency_key, content_hash, submitted_by,
                category, priority, status, assignee, unsure, version
            )
            SELECT
                reference, description, location, contact_info, contact_email, requester_name,
                language, danger, submitted_on, created_at, created_at,
                idempotency_key, content_hash, submitted_by,
                '{Category.PENDING}', '{Priority.PENDING}', '{Status.PENDING}', '', false, 1
            FROM given
            ON CONFLICT DO NOTHING RETURNING id, reference
        ), entry AS (
            INSERT INTO timeline_entries (request_id, event, actor, data)
            SELECT id, '{EVENT}', '', '{{}}' FROM submitted
        ), run AS (
            INSERT INTO runs (event, subject_id, request_id)
            SELECT '{EVENT}', id, call_id FROM submitted JOIN given USING (reference)
            RETURNING id
        ), steps AS ({steps_of(tasks)})
        SELECT id, reference FROM submitted
    """


def parameters(submissions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What ``writing`` takes for some of what ``values_of`` gives."""
    rows = orjson.dumps(submissions, default=_as_bytea).decode()
    return {"rows": rows, "tasks": list(wiring.pipelines()[EVENT])}


def _as_bytea(value: bytes) -> str:
    """PostgreSQL's hex form."""
    return rf"\x{value.hex()}"


_WRITE = text(writing(":rows", ":tasks"))


def submit_request(
    session: Session,
    submission: Submission,
    *,
    timezone: ZoneInfo,
    key: str | None = None,
    user_id: int | None = None,
    request_id: str = "",
) -> Receipt:
    """Write down a request, its photos, its first timeline entry and its run.

    ``key`` is the caller's Idempotency-Key. It belongs to ``user_id``, or to the public together:
    of several equal calls at once one makes the request and the others wait for it and answer it.

    Raises:
        KeyReused: the key came with other content before.
    """
    while True:
        values = values_of(
            submission, timezone=timezone, key=key, user_id=user_id, call_id=request_id
        )
        new_id = session.execute(_WRITE, parameters([values])).scalar()
        if new_id is not None:
            break
        if key and (earlier := _find_by_key(session, values["idempotency_key"])):
            if earlier.content_hash != values["content_hash"]:
                raise KeyReused(field="Idempotency-Key")
            return Receipt(_as_it_was(earlier), replayed=True)
    for photo in submission.photos:
        add_photo(session, new_id, photo, call_id=request_id)
    return Receipt(as_submitted(new_id, values))


def values_of(
    submission: Submission,
    *,
    timezone: ZoneInfo,
    key: str | None,
    user_id: int | None,
    call_id: str,
) -> dict[str, Any]:
    """What is written for ``submission``, by the names of ``COLUMNS``."""
    moment = now()
    danger = find_danger(f"{submission.description}\n{submission.location}")
    return {
        "reference": new_reference(),
        "description": submission.description,
        "location": submission.location,
        "contact_info": submission.contact_info,
        "contact_email": find_email(submission.contact_info),
        "requester_name": submission.requester_name,
        "language": submission.language,
        "danger": danger or "",
        "submitted_on": moment.astimezone(timezone).date(),
        "created_at": moment,
        "idempotency_key": f"{user_id or 'public'}:{key}" if key else None,
        "content_hash": submission.content_hash() if key else None,
        "submitted_by": user_id,
        "call_id": call_id,
    }


def as_submitted(new_id: int, values: dict[str, Any]) -> Submitted:
    """What was written, without asking the database for it."""
    return Submitted(new_id, *(values[name] for name in _TOLD))


_TOLD = Submitted.__slots__[1:]


def _as_it_was(earlier: MaintenanceRequest) -> Submitted:
    return Submitted(earlier.id, *(getattr(earlier, name) for name in _TOLD))


def _find_by_key(session: Session, owned_key: str) -> MaintenanceRequest | None:
    return session.scalar(
        select(MaintenanceRequest).where(MaintenanceRequest.idempotency_key == owned_key)
    )
