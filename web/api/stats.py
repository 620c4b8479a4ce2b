"""The numbers."""

import hashlib
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson
from flask import Blueprint, Response

from config.settings import get_settings
from models import wiring
from models.day_span import Days
from models.queries.figures import Figures
from models.serializers import moment
from models.services.statistics_cache import read_cached_figures, read_cached_statistics
from web.figures_query import FiguresQuery, days_of, figures_filter
from web.http.answers import conditional, json_response
from web.http.auth import require_user
from web.http.database import db
from web.http.parameters import takes
from web.http.parsing import parse_query

bp = Blueprint("stats", __name__)


@bp.get("/api/stats")
@takes(model=FiguresQuery)
def show_stats() -> Response:
    """Counts by category, priority, status and day; with days or filters, the figures of these.

    The ETag is weak: the same numbers are the same answer, whenever they were computed.
    """
    query = parse_query(FiguresQuery)
    if query.is_empty:
        statistics = read_cached_statistics(db.session(), wiring.cache())
        body, computed_at = statistics.as_dict(), statistics.computed_at
        etag = statistics.fingerprint()
    else:
        days, figures = read_asked(query)
        body, computed_at = _body(figures, days), figures.computed_at
        etag = hashlib.sha256(orjson.dumps(body)).hexdigest()[:32]
    response = json_response({**body, "computed_at": moment(computed_at)})
    response.set_etag(etag, weak=True)
    return conditional(response)


def read_asked(query: FiguresQuery) -> tuple[Days, Figures]:
    """The figures that a query asks for, and their days.

    Raises:
        Problem: the days make no sense.
    """
    timezone = get_settings().timezone
    days = days_of(query, datetime.now(timezone).date())
    wanted = figures_filter(query, require_user())
    return days, read_cached_figures(db.session(), wiring.cache(), wanted, days, timezone)


def _body(figures: Figures, days: Days) -> dict[str, Any]:
    hours = figures.hours_to_complete
    return {
        "total": figures.received,
        "by_category": figures.by_category,
        "by_priority": figures.by_priority,
        "by_status": figures.by_status,
        "by_day": figures.by_day,
        "hours_to_complete": hours.mean,
        "first_day": days.first.isoformat(),
        "last_day": days.last.isoformat(),
        "completed": figures.completed,
        "open": figures.open,
        "by_location": figures.by_location,
        "by_assignee": figures.by_assignee,
        "days": [{**asdict(day), "day": day.day.isoformat()} for day in figures.days],
        "hours_to_first_answer": asdict(figures.hours_to_first_answer),
        "hours_to_completion": asdict(hours),
        "judged": figures.judged,
        "corrected": figures.corrected,
        "rated": figures.rated,
        "mean_rating": figures.mean_rating,
        "by_rating": {str(stars): n for stars, n in figures.by_rating.items()},
    }
