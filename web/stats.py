"""The numbers."""

from flask import Blueprint, Response

from models.queries.statistics import read_statistics
from web.database import db
from web.limits import API, limiter
from web.presenting import conditional, json_response, moment

bp = Blueprint("stats", __name__)
limiter.shared_limit(API, scope="api")(bp)


@bp.get("/api/stats")
def show_stats() -> Response:
    """Counts by category, priority, status and day."""
    statistics = read_statistics(db.session())
    body = {**statistics.as_dict(), "computed_at": moment(statistics.computed_at)}
    response = json_response(body)
    response.set_etag(statistics.fingerprint())
    return conditional(response)
