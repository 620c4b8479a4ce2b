"""Maintenance requests: submit, list, look at, change."""

import re

from flask import Blueprint, Response, g, request

from config.settings import get_settings
from models.errors import NotFound
from models.languages import named_language
from models.maintenance_request import MaintenanceRequest
from models.queries import requests as queries
from models.serialized_rows import serialized_rows
from models.serializers import serialize_detail, serialize_submission
from models.services.intake import Receipt, Submission
from models.services.intake import submit_request as submit
from models.services.links import status_path
from models.services.workflow import Changes
from models.services.workflow import update_request as update
from web.api.list_pages import filter_of, links_of
from web.http.answers import conditional, json_bytes, json_response
from web.http.auth import find_user, require_access_to, require_user
from web.http.database import (
    autocommit,
    db,
    reading_session,
    transaction,
    transaction_connection,
)
from web.http.idempotency import read_key
from web.http.language import language_of
from web.http.negotiation import prefers_html
from web.http.parameters import takes
from web.http.parsing import parse_body, parse_query, refuse_ignored
from web.http.problems import FieldError
from web.http.uploads import PHOTO_FIELDS, photo_errors, read_photos
from web.list_query import ListQuery
from web.schemas import ChangesIn, SubmissionIn

bp = Blueprint("requests", __name__)


@bp.post("/api/requests")
def submit_request() -> Response:
    """Write a request down as pending and answer at once."""
    settings = get_settings()
    user = require_user() if settings.intake_require_login else find_user(cookies=False)
    submission, refused = _read_submission()
    key, is_callers = read_key(user)
    opened = transaction_connection() if submission.has_large_photos else autocommit()
    with opened as connection:
        receipt = submit(
            connection,
            submission,
            timezone=settings.timezone,
            key=key,
            user_id=user.id if user else None,
            call_id=g.request_id,
        )
    return _answer_submission(receipt, refused, tell_replay=is_callers)


def _read_submission() -> tuple[Submission, tuple[FieldError, ...]]:
    """What was sent, and why some of its files are no photos."""
    form = parse_body(SubmissionIn, forms=True, others=PHOTO_FIELDS)
    photos = read_photos()
    submission = Submission(
        description=form.description,
        location=form.location,
        contact_info=form.contact_info,
        requester_name=form.requester_name,
        language=named_language(form.language) or language_of(form.description),
        photos=photos.taken,
    )
    return submission, photos.refused


def _answer_submission(
    receipt: Receipt, refused: tuple[FieldError, ...], *, tell_replay: bool
) -> Response:
    headers = {"Location": f"/api/requests/{receipt.request.id}"}
    if receipt.replayed and tell_replay:
        headers["Idempotent-Replayed"] = "true"
    if prefers_html():
        # Without a host: the page's policy lets a form lead to its own origin only, and a person may
        # have come by another name of this host than PUBLIC_URL.
        location = f"{status_path(get_settings(), receipt.request.reference, 0)}&notice=sent"
        if refused:
            location += f"&refused={len(refused)}#photos"
        return Response(status=303, headers={**headers, "Location": location})
    body = serialize_submission(receipt.request)
    if refused:
        body["photo_errors"] = photo_errors(refused)
    return json_response(body, 201, headers)


@bp.get("/api/requests")
@takes(model=ListQuery)
def list_requests() -> Response:
    """A page of requests as a JSON array."""
    wanted = filter_of(parse_query(ListQuery), require_user())
    with autocommit() as connection:
        page = queries.list_requests(connection, wanted, queries.STAMP)
        stamps = [(row[0], row[1]) for row in page.rows]
        rows = serialized_rows().find(connection, stamps)
    response = json_bytes(b"[%s]" % b",".join(rows), headers={"X-Total-Count": str(page.total)})
    if links := links_of(request.args.to_dict(flat=False), wanted, page.next_cursor):
        response.headers["Link"] = links
    response.add_etag()
    return conditional(response)


@bp.get("/api/requests/<int:request_id>")
@takes("token")
def get_request(request_id: int) -> Response:
    """One request with photos, timeline and triage."""
    with reading_session() as session:
        found = queries.find_request(session, request_id)
    user = require_access_to(found)
    if found is None:
        raise NotFound
    return _detail_response(found, private=user is not None)


@bp.patch("/api/requests/<int:request_id>")
def update_request(request_id: int) -> Response:
    """Change status, triage or assignee, add a note, or write to the requester."""
    changes = parse_body(ChangesIn)
    if not changes.model_fields_set:
        refuse_ignored()
    user = require_user()
    key, _ = read_key(user)
    with transaction() as session:
        update(
            session,
            request_id,
            Changes(**changes.model_dump()),
            user=user,
            expected_version=_expected_version(),
            key=key,
            call_id=g.request_id,
        )
    found = queries.find_request(db.session(), request_id)
    if found is None:
        raise NotFound
    return _detail_response(found, private=True)


def _expected_version() -> int | None:
    """The version in If-Match (RFC 9110, section 13.1.1); an unreadable one fits nothing."""
    header = request.headers.get("If-Match", "").strip()
    if not header or header == "*":
        return None
    match = re.fullmatch(r'(?:W/)?"(\d{1,18})(?:\.[\w.-]*)?"', header)
    return int(match.group(1)) if match else -1


def _detail_response(found: MaintenanceRequest, *, private: bool) -> Response:
    token = request.args.get("token", "") if not private else ""
    response = json_response(serialize_detail(found, private=private, token=token))
    last_entry = found.timeline[-1].id if found.timeline else 0
    response.set_etag(f"{found.version}.{last_entry}.{'p' if private else 'l'}")
    return conditional(response) if request.method in ("GET", "HEAD") else response
