"""The same change to many requests, and taking it back."""

from flask import Blueprint, Response

from web.bulk import Bulk, BulkChangesIn, UndoIn, matching_ids, undo_changes
from web.http.answers import json_response
from web.http.auth import require_user
from web.http.idempotency import read_key
from web.http.parsing import parse_body, refuse_ignored
from web.schemas import CHANGES

bp = Blueprint("bulk_changes", __name__)


@bp.patch("/api/requests")
def update_requests() -> Response:
    """Change many requests, each in its own transaction, and say how it went with each."""
    given = parse_body(BulkChangesIn)
    if given.model_fields_set.isdisjoint(CHANGES):
        refuse_ignored()
    user = require_user()
    key, _ = read_key(user)
    ids = matching_ids(given.filter, user) if given.filter else given.ids
    bulk = Bulk.begin(user, key, given.undo)
    versions = {int(id_): version for id_, version in given.versions.items()}
    return json_response(bulk.as_json(bulk.change(ids, given.as_changes(), versions)))


@bp.post("/api/requests/undo")
def undo() -> Response:
    """Take back what ``PATCH /api/requests`` or the desk changed within the last 30 seconds."""
    given = parse_body(UndoIn)
    return json_response(undo_changes(given.undo, require_user()).model_dump())
