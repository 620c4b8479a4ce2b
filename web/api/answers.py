"""What a requester writes after the report."""

from flask import Blueprint, Response, g, request

from models.errors import NotFound
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
    """Write an answer to the operators, with the link of the request; an operator writes down what
    the requester said by telephone."""
    found = db.session().get(MaintenanceRequest, request_id)
    user = require_access_to(found)
    if found is None:
        raise NotFound
    given = parse_body(AnswerIn)
    key, is_callers = read_key(user, link="" if user else found.reference)
    with transaction() as session:
        answered = record_answer(
            session,
            found.id,
            given.answer,
            actor=(user.name or user.username) if user else "",
            key=key,
            call_id=g.request_id,
        )
    shown = find_request(db.session(), request_id)
    if shown is None:
        raise NotFound
    headers = {"Location": f"/api/requests/{request_id}"}
    if is_callers and not answered.made:
        headers["Idempotent-Replayed"] = "true"
    token = "" if user else request.args.get("token", "")
    body = serialize_detail(shown, private=user is not None, token=token)
    return json_response(body, 201, headers)
