"""A filtered list as a file that a spreadsheet opens."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain

from flask import Blueprint, Response, stream_with_context

from config.settings import get_settings
from models.queries.listing.all_pages import list_pages
from web.api.list_pages import filter_of
from web.http.auth import require_user
from web.http.database import transaction
from web.http.language import current_language
from web.http.parameters import takes
from web.http.parsing import parse_query
from web.list_query import FilterQuery
from web.spreadsheets.exporting import csv_for_people

bp = Blueprint("exports", __name__)


@bp.get("/api/requests.csv")
@takes(model=FilterQuery)
def export_requests() -> Response:
    """Every request that fits, streamed; a page of rows at a time is in memory."""
    query = parse_query(FilterQuery)
    timezone = get_settings().timezone
    pages = list_pages(transaction, filter_of(query, require_user()))
    first = next(pages)  # what goes wrong from the start is an answer, not a torn file
    body = csv_for_people(chain([first], pages), language=current_language(), timezone=timezone)
    response = Response(_streamed(body), content_type="text/csv; charset=utf-8")
    name = f"haja-requests-{datetime.now(timezone):%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Language"] = current_language()
    response.headers["Cache-Control"] = "private, no-store"
    response.vary.add("Accept-Language")
    return response


def _streamed(body: Iterator[bytes]) -> Iterator[bytes]:
    # The generator needs the call's session after the view has returned.
    return stream_with_context(body)
