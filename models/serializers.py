"""From rows to the JSON that the API and the live messages say about them.

Moments of lists are left to orjson, which writes them alike and cheaper.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row

from config.settings import get_settings
from models.danger.advice import advice
from models.maintenance_request import MaintenanceRequest
from models.photo import Photo
from models.queries.requests import LISTED
from models.rating import Rating
from models.services.links import status_url
from models.services.reopening import reopens_until
from models.timeline_entry import TimelineEntry
from models.triage_result import TriageResult
from models.visibility import OPERATORS_ONLY, SeenEntry, seen_by_requester
from models.words import Category, Priority, Status

if TYPE_CHECKING:  # the live process takes no submissions, and their rules are large
    from models.services.intake import Submitted


def moment(value: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def serialize_request(request: MaintenanceRequest, *, private: bool) -> dict[str, Any]:
    """One request; ``private`` is for operators, see ``models.visibility``."""
    shown = {
        "id": request.id,
        "reference": request.reference,
        "description": request.description,
        "category": request.category,
        "priority": request.priority,
        "status": request.status,
        "location": request.location,
        "language": request.language,
        "danger": request.danger,
        "unsure": request.unsure,
        "created_at": moment(request.created_at),
        "updated_at": moment(request.updated_at),
        "completed_at": moment(request.completed_at),
        "status_url": status_url(get_settings(), request.reference, request.link_version),
    }
    if private:
        shown |= {name: getattr(request, name) for name in OPERATORS_ONLY}
    return shown


def serialize_rows(rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """The requests of a list, as ``serialize_request`` has them with private data; moments are left
    to ``json_response``, which writes them alike and cheaper."""
    shown = [dict(zip(LISTED, row, strict=False)) for row in rows]
    settings = get_settings()
    for one, row in zip(shown, rows, strict=True):
        one["status_url"] = status_url(settings, row.reference, row.link_version)
    return shown


def serialize_submission(written: "Submitted") -> dict[str, Any]:
    """A request as it was the moment it was written down, for who wrote it; with advice where
    there is danger."""
    moment_written = moment(written.created_at)
    settings = get_settings()
    shown = {
        "id": written.id,
        "reference": written.reference,
        "description": written.description,
        "category": Category.PENDING,
        "priority": Priority.PENDING,
        "status": Status.PENDING,
        "location": written.location,
        "language": written.language,
        "assignee": "",
        "danger": written.danger,
        "unsure": False,
        "created_at": moment_written,
        "updated_at": moment_written,
        "completed_at": None,
        "status_url": status_url(settings, written.reference, 0),
        "contact_info": written.contact_info,
        "requester_name": written.requester_name,
    }
    if written.danger:
        shown["advice"] = advice(written.danger, written.language, settings.emergency_phone)
    return shown


def serialize_detail(
    request: MaintenanceRequest, *, private: bool, token: str = ""
) -> dict[str, Any]:
    """One request with photos, timeline and triage; internal entries only for operators."""
    results = request.triage_results
    return {
        **serialize_request(request, private=private),
        "question_open": bool(request.asked_from),
        "answered": request.answered,
        "reopens_until": moment(reopens_until(request)),
        "rating": serialize_rating(request.rating) if request.rating else None,
        "photos": [serialize_photo(photo, token) for photo in request.photos],
        "timeline": [
            serialize_entry(entry)
            for entry in (request.timeline if private else seen_by_requester(request.timeline))
        ],
        "triage": serialize_triage(results[-1]) if results else None,
    }


def serialize_rating(rating: Rating) -> dict[str, Any]:
    return {"stars": rating.stars, "words": rating.words}


def serialize_photo(photo: Photo, token: str = "") -> dict[str, Any]:
    """``token`` is a link's token, for readers who have no login to show with the address."""
    url = f"/api/photos/{photo.id}" + (f"?token={token}" if token else "")
    return {"id": photo.id, "url": url, "state": photo.state}


def serialize_entry(entry: TimelineEntry | SeenEntry) -> dict[str, Any]:
    return {
        "event": entry.event,
        "actor": entry.actor,
        "data": entry.data,
        "created_at": moment(entry.created_at),
    }


def serialize_triage(result: TriageResult) -> dict[str, Any]:
    return {
        "category": result.category,
        "priority": result.priority,
        "confidence": result.confidence,
        "reason": result.reason,
        "model": result.model,
        "language": result.language,
        "degraded": result.degraded,
    }
