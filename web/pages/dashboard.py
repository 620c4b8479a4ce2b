"""The figures of a span of days: as a page, as a spreadsheet and as a document of one page."""

from typing import Any
from urllib.parse import urlencode

from flask import Response, make_response, render_template, request, url_for

from config.settings import get_settings
from models import wiring
from models.day_span import Days, PeriodName
from models.words import Category, Priority, Status
from web.figures_query import FiguresQuery
from web.http.language import current_language
from web.http.parameters import takes
from web.http.parsing import parse_query
from web.pages.blueprint import bp
from web.pages.figures import Dashboard, filters_in_words, read_dashboard
from web.pages.figures_document import figures_csv, figures_svg


@bp.get("/desk/dashboard")
@takes(model=FiguresQuery)
def show_dashboard() -> Response:
    """Figures and charts, as of now, by period and filters."""
    query = parse_query(FiguresQuery)
    board = read_dashboard(query)
    page = render_template(
        "dashboard.html",
        board=board,
        query=query.model_dump(),
        filtered=len(board.filters),
        period=_period_of(query),
        periods=[(name, _address(board, period=name)) for name in PeriodName],
        without_filters=_address(board, **_days(board), filters={}),
        choices={"category": Category, "priority": Priority, "status": Status},
        csv=_address(board, "export_dashboard", **_days(board)),
        pdf=_address(board, "print_dashboard", **_days(board)),
        flower_address=_flower_address(),
    )
    return make_response(page)


def _days(board: Dashboard) -> dict[str, Any]:
    return {"created_from": board.days.first, "created_to": board.days.last}


def _address(
    board: Dashboard, view: str = "show_dashboard", *, filters: Any = None, **more: Any
) -> str:
    """One of the dashboard's addresses with its filters."""
    args = urlencode({**(board.filters if filters is None else filters), **more}, doseq=True)
    return f"{url_for(f'pages.{view}')}?{args}"


@bp.get("/desk/dashboard.csv")
@takes(model=FiguresQuery)
def export_dashboard() -> Response:
    """The same numbers for a spreadsheet."""
    board = read_dashboard(parse_query(FiguresQuery))
    return _file(figures_csv(board), "text/csv; charset=utf-8", board.days)


@bp.get("/desk/dashboard.pdf")
@takes(model=FiguresQuery)
def print_dashboard() -> Response:
    """The same on one sheet of paper."""
    board = read_dashboard(parse_query(FiguresQuery))
    svg = figures_svg(
        board,
        filters=filters_in_words(board.filters),
        computed_at=board.figures.computed_at,
    )
    return _file(wiring.document_renderer()(svg), "application/pdf", board.days)


def _file(body: bytes, kind: str, days: Days) -> Response:
    response = Response(body, content_type=kind)
    ending = "pdf" if kind.endswith("pdf") else "csv"
    name = f"haja-{days.first}-{days.last}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Language"] = current_language()
    response.headers["Cache-Control"] = "private, no-store"
    response.vary.add("Accept-Language")
    return response


def _period_of(query: FiguresQuery) -> str:
    """What the picker shows: ``days`` for days of one's own."""
    if query.period:
        return query.period
    return "" if query.created_from or query.created_to else PeriodName.MONTH


def _flower_address() -> str:
    """Flower answers on the same host, on its own port, and asks for its own credentials."""
    host = request.host.rpartition(":")[0] if request.host.count(":") == 1 else request.host
    return f"http://{host}:{get_settings().flower_port}/"
