"""What a requester writes after the report."""

from flask import Blueprint, Response, g, request

from models.errors import Forbidden, NotFound
from models.maintenance_request import MaintenanceRequest
from models.queries.requests import find_request
from models.serializers import serialize_detail
from models.services.conversation import record_answer
from web.http.answers import json_response
from web.http.auth import require_access_to
from web.http.database import db, transaction
from web.http.idempotency import read_key
from web.http.parsing import parse_body
from web.schemas import AnswerIn

bp = Blueprint("answers", __name__)


@bp.post("/api/requests/<int:request_id>/answers")
def answer_request(request_id: int) -> Response:
    """Write an answer to the operators, with the link of the request."""
    found = db.session().get(MaintenanceRequest, request_id)
    if require_access_to(found) is not None:
        raise Forbidden  # operators have replies and notes
    if found is None:
        raise NotFound
    given = parse_body(AnswerIn)
    key, is_callers = read_key(None, link=found.reference)
    with transaction() as session:
        answered = record_answer(session, found.id, given.answer, key=key, call_id=g.request_id)
    shown = find_request(db.session(), request_id)
    if shown is None:
        raise NotFound
    headers = {"Location": f"/api/requests/{request_id}"}
    if is_callers and not answered.made:
        headers["Idempotent-Replayed"] = "true"
    body = serialize_detail(shown, private=False, token=request.args.get("token", ""))
    return json_response(body, 201, headers)
