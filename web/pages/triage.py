"""For managers: how right triage is by week, language and category, and what people said."""

from datetime import date, datetime, time, timedelta

from flask import Response, make_response, render_template, request

from config.settings import get_settings
from models.queries.requests import Filter, count_matching
from models.queries.triage_quality import count_weeks, list_corrected, list_unsure
from models.services.triage_models import list_models
from web.http.database import db
from web.http.parameters import takes
from web.pages.blueprint import bp
from web.pages.desk import NOTICES
from web.pages.quality import WEEKS, quality_of, total_of

UNSURE_ROWS = 10
CORRECTED_ROWS = 25
MODEL_ROWS = 5


@bp.get("/desk/triage")
@takes("notice")
def show_triage() -> Response:
    """Accuracy, the unsure and the corrected requests, as of now."""
    session = db.session()
    zone = get_settings().timezone
    first = _first_week(datetime.now(zone).date())
    since = datetime.combine(first, time(), zone)
    counts = count_weeks(session, since=since, zone=zone.key)
    notice = request.args.get("notice", "")
    page = render_template(
        "triage.html",
        weeks=WEEKS,
        total=total_of(counts),
        languages={name: quality_of(counts, name, first=first) for name in ("ko", "en")},
        unsure=list_unsure(session, limit=UNSURE_ROWS),
        unsure_count=count_matching(session, Filter(unsure=True)),
        corrected=list_corrected(session, limit=CORRECTED_ROWS),
        models=list_models(session)[:MODEL_ROWS],
        notice=notice if notice in NOTICES else "",
    )
    return make_response(page)


def _first_week(today: date) -> date:
    """The Monday of the oldest week that is shown."""
    return today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
