"""The link of a requester: send it again, or revoke it."""

from flask import Blueprint, Response, g

from models.errors import NotFound
from models.queries.requests import find_request
from models.serializers import serialize_detail
from models.services.link_mails import renew_link, send_link
from web.http.answers import json_response
from web.http.auth import require_user
from web.http.database import db, transaction
from web.http.idempotency import read_key
from web.http.parsing import parse_body
from web.schemas import LinkIn

bp = Blueprint("links", __name__)


@bp.post("/api/requests/<int:request_id>/link")
def mail_link(request_id: int) -> Response:
    """Mail the requester the link again; or revoke it, and mail a new one where there is an address.
    The answer has the link as it is now."""
    given = parse_body(LinkIn)
    user = require_user()
    key, _ = read_key(user)
    change = renew_link if given.revoke else send_link
    with transaction() as session:
        change(session, request_id, user=user, key=key, call_id=g.request_id)
    found = find_request(db.session(), request_id)
    if found is None:
        raise NotFound
    return json_response(serialize_detail(found, private=True))
