"""From rows to what the API says about them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Response, request
from sqlalchemy import Row

from config.settings import get_settings
from models.danger.advice import advice
from models.maintenance_request import MaintenanceRequest
from models.photo import Photo
from models.queries.requests import LISTED
from models.services.intake import Submitted
from models.services.links import status_url, status_urls
from models.timeline_entry import TimelineEntry
from models.triage_result import TriageResult
from models.words import Category, Priority, Status

# What only operators see on a timeline.
_INTERNAL_EVENTS = frozenset({"note_added", "notice_sent", "notice_refused", "notice_unknown"})


def moment(value: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def serialize_request(request: MaintenanceRequest, *, private: bool) -> dict[str, Any]:
    """One request; contact and name only where ``private`` data may be shown."""
    shown = {
        "id": request.id,
        "reference": request.reference,
        "description": request.description,
        "category": request.category,
        "priority": request.priority,
        "status": request.status,
        "location": request.location,
        "language": request.language,
        "assignee": request.assignee,
        "danger": request.danger,
        "unsure": request.unsure,
        "created_at": moment(request.created_at),
        "updated_at": moment(request.updated_at),
        "completed_at": moment(request.completed_at),
        "status_url": status_url(get_settings(), request.reference),
    }
    if private:
        shown["contact_info"] = request.contact_info
        shown["requester_name"] = request.requester_name
    return shown


def serialize_rows(rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """The requests of a list, as ``serialize_request`` has them with private data; moments are left
    to ``json_response``, which writes them alike and cheaper."""
    shown = [dict(zip(LISTED, row, strict=False)) for row in rows]
    urls = status_urls(get_settings(), (row.reference for row in rows))
    for one, url in zip(shown, urls, strict=True):
        one["status_url"] = url
    return shown


def serialize_submission(written: Submitted) -> dict[str, Any]:
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
        "status_url": status_url(settings, written.reference),
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
        "photos": [serialize_photo(photo, token) for photo in request.photos],
        "timeline": [
            serialize_entry(entry)
            for entry in request.timeline
            if private or entry.event not in _INTERNAL_EVENTS
        ],
        "triage": serialize_triage(results[-1]) if results else None,
    }


def serialize_photo(photo: Photo, token: str = "") -> dict[str, Any]:
    """``token`` is a link's token, for readers who have no login to show with the address."""
    url = f"/api/photos/{photo.id}" + (f"?token={token}" if token else "")
    return {"id": photo.id, "url": url, "state": photo.state}


def serialize_entry(entry: TimelineEntry) -> dict[str, Any]:
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


def conditional(response: Response) -> Response:
    """304 without a body if the caller holds this very answer (RFC 9110, section 13).

    What is kept is kept for one caller: it must not be shown after another has logged in.
    """
    response.vary.update(("Authorization", "Cookie"))
    response.make_conditional(request)
    return response


def json_response(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON that no cache keeps for others."""
    data = orjson.dumps(body, option=orjson.OPT_UTC_Z)
    response = Response(data, status=status, content_type="application/json")
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers.update(headers or {})
    return response
