"""The prepared replies, for other clients than the desk."""

from flask import Blueprint, Response

from models.serializers import moment
from models.services.canned_replies import list_replies
from web.http.answers import conditional, json_response
from web.http.database import db
from web.http.parameters import takes
from web.http.parsing import parse_query
from web.list_query import RepliesQuery

bp = Blueprint("replies", __name__)


@bp.get("/api/replies")
@takes(model=RepliesQuery)
def show_replies() -> Response:
    """All of them, or those of one language, by title; placeholders as they are kept."""
    query = parse_query(RepliesQuery)
    replies = list_replies(db.session(), query.language or "")
    response = json_response(
        [
            {
                "id": reply.id,
                "language": reply.language,
                "title": reply.title,
                "text": reply.text,
                "updated_at": moment(reply.updated_at),
                "updated_by": reply.updated_by,
            }
            for reply in replies
        ]
    )
    response.add_etag()
    return conditional(response)
