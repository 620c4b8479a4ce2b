"""What a requester writes after the report."""

from typing import Any

from flask import Blueprint, Response, g, request

from models.errors import NotFound
from models.maintenance_request import MaintenanceRequest
from models.queries.requests import find_request
from models.serializers import serialize_detail
from models.services.conversation import record_answer
from models.services.ratings import rate_request
from models.user import Person, User
from web.http.answers import json_response
from web.http.auth import require_access_to
from web.http.database import db, transaction
from web.http.idempotency import read_key
from web.http.parameters import takes
from web.http.parsing import parse_body
from web.schemas import AnswerIn, RatingIn

bp = Blueprint("answers", __name__)


@bp.post("/api/requests/<int:request_id>/answers")
@takes("token")
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
            reopen=given.reopen,
            actor=_name(user),
            key=key,
            call_id=g.request_id,
        )
    headers = {"Location": f"/api/requests/{request_id}"}
    if is_callers and not answered.made:
        headers["Idempotent-Replayed"] = "true"
    return json_response(_detail(request_id, private=user is not None), 201, headers)


@bp.put("/api/requests/<int:request_id>/rating")
@takes("token")
def rate(request_id: int) -> Response:
    """Rate the work, with the link of the request; again, to correct it. An operator writes down
    what was said by telephone."""
    user = require_access_to(db.session().get(MaintenanceRequest, request_id))
    given = parse_body(RatingIn)
    with transaction() as session:
        rate_request(
            session,
            request_id,
            given.stars,
            given.words,
            actor=_name(user),
            call_id=g.request_id,
        )
    return json_response(_detail(request_id, private=user is not None))


def _name(user: User | Person | None) -> str:
    return (user.name or user.username) if user else ""


def _detail(request_id: int, *, private: bool) -> dict[str, Any]:
    """The request as it is now.

    Raises:
        NotFound: it is gone.
    """
    shown = find_request(db.session(), request_id)
    if shown is None:
        raise NotFound
    token = "" if private else request.args.get("token", "")
    return serialize_detail(shown, private=private, token=token)
