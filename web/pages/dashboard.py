"""The numbers at a glance."""

from datetime import datetime

from flask import Response, make_response, render_template, request

from config.settings import get_settings
from models import wiring
from models.queries.statistics import Statistics
from models.services.statistics_cache import read_cached_statistics
from models.words import OPEN
from web.http.database import db
from web.pages.blueprint import bp
from web.pages.charts import bars_of, columns_of


@bp.get("/desk/dashboard")
def show_dashboard() -> Response:
    """Totals and charts, as of now."""
    statistics = read_cached_statistics(db.session(), wiring.cache())
    today = datetime.now(get_settings().timezone).date()
    page = render_template(
        "dashboard.html",
        statistics=statistics,
        open_count=_open_count(statistics),
        today_count=statistics.by_day.get(today.isoformat(), 0),
        charts_of={kind: bars_of(kind, getattr(statistics, f"by_{kind}")) for kind in _KINDS},
        columns=columns_of(statistics.by_day, last=today),
        flower_address=_flower_address(),
    )
    return make_response(page)


_KINDS = ("category", "priority", "status")


def _open_count(statistics: Statistics) -> int:
    return sum(statistics.by_status[status] for status in OPEN)


def _flower_address() -> str:
    """Flower answers on the same host, on its own port, and asks for its own credentials."""
    host = request.host.rpartition(":")[0] if request.host.count(":") == 1 else request.host
    return f"http://{host}:{get_settings().flower_port}/"
