"""The front desk: a request is written down once, with everything that has to follow from it."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.base import now
from models.errors import KeyReused
from models.maintenance_request import MaintenanceRequest
from models.services.contacts import find_email
from models.services.danger import find_danger
from models.services.events import record_event
from models.services.photos import NewPhoto, add_photo
from models.services.references import new_reference
from models.timeline_entry import TimelineEntry

_FIRST_ENTRY = insert(TimelineEntry).values(event="request_submitted")


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
        return hashlib.sha256(json.dumps(words).encode()).digest()


@dataclass(frozen=True, slots=True)
class Receipt:
    """``replayed`` is true if this key had been here before and nothing new was made."""

    request: MaintenanceRequest
    replayed: bool = False


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
    owned_key = f"{user_id or 'public'}:{key}" if key else None
    identity = {
        "idempotency_key": owned_key,
        "content_hash": submission.content_hash() if key else None,
        "submitted_by": user_id,
    }
    request = None
    while request is None:
        request = _insert(session, submission, timezone, identity)
        if request is None and owned_key and (earlier := _find_by_key(session, owned_key)):
            if earlier.content_hash != identity["content_hash"]:
                raise KeyReused(field="Idempotency-Key")
            return Receipt(earlier, replayed=True)
    session.execute(_FIRST_ENTRY, {"request_id": request.id})
    for photo in submission.photos:
        add_photo(session, request.id, photo, call_id=request_id)
    record_event(session, "request_submitted", subject_id=request.id, request_id=request_id)
    return Receipt(request)


def _find_by_key(session: Session, owned_key: str) -> MaintenanceRequest | None:
    return session.scalar(
        select(MaintenanceRequest).where(MaintenanceRequest.idempotency_key == owned_key)
    )


def _insert(
    session: Session, submission: Submission, timezone: ZoneInfo, identity: dict[str, Any]
) -> MaintenanceRequest | None:
    """None when the key (or, once in a blue moon, the reference) is taken: look again."""
    moment = now()
    danger = find_danger(f"{submission.description}\n{submission.location}")
    return session.execute(
        insert(MaintenanceRequest)
        .values(
            reference=new_reference(),
            description=submission.description,
            location=submission.location,
            contact_info=submission.contact_info,
            contact_email=find_email(submission.contact_info),
            requester_name=submission.requester_name,
            language=submission.language,
            danger=danger or "",
            submitted_on=moment.astimezone(timezone).date(),
            created_at=moment,
            updated_at=moment,
            **identity,
        )
        .on_conflict_do_nothing()
        .returning(MaintenanceRequest)
    ).scalar()
