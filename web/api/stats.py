"""The numbers."""

from flask import Blueprint, Response

from models import wiring
from models.serializers import moment
from models.services.statistics_cache import read_cached_statistics
from web.http.answers import conditional, json_response
from web.http.database import db
from web.http.parsing import parse_query
from web.schemas import Incoming

bp = Blueprint("stats", __name__)


@bp.get("/api/stats")
def show_stats() -> Response:
    """Counts by category, priority, status and day.

    The ETag is weak: the same numbers are the same answer, whenever they were computed.
    """
    parse_query(Incoming)
    statistics = read_cached_statistics(db.session(), wiring.cache())
    body = {**statistics.as_dict(), "computed_at": moment(statistics.computed_at)}
    response = json_response(body)
    response.set_etag(statistics.fingerprint(), weak=True)
    return conditional(response)
