"""The operators' list: views, filters, page by page, with a quick change of status."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from config.settings import get_settings
from models.days import first_day_of, last_day_of
from models.errors import ForbiddenTransition, LostEdit
from models.queries import requests as queries
from models.queries.health import find_trouble
from models.serializers import moment
from models.services.assignees import list_assignees, list_team_names
from models.services.saved_views import list_views
from models.services.workflow import Changes, update_request
from models.views import View
from models.words import Category, Priority, Status
from web.api.list_pages import filter_of
from web.bulk import MOST, new_token
from web.http.auth import require_user
from web.http.database import reading_session, transaction
from web.http.language import current_language
from web.http.parameters import takes
from web.http.parsing import parse, parse_query, values_of
from web.list_query import DeskQuery
from web.pages.blueprint import bp
from web.pages.desk_keys import SHEET, VIEW_KEYS
from web.pages.desk_rows import write_rows
from web.pages.times import show_day
from web.schemas import ChangesIn

ROWS = 50
# Those of an address that another page made, such as the dashboard: the form keeps them.
GIVEN = (
    "place",
    "created_from",
    "created_to",
    "completed_from",
    "completed_to",
    "open_at",
    "corrected",
    "rating",
)
FILTERS = ("q", "location", "status", "category", "priority", "assignee", "unsure", *GIVEN)
_LISTS = ("place", "rating")  # of these several may stand
# Those that stand behind a button.
_FOLDED = tuple(name for name in FILTERS if name not in ("q", *GIVEN))
SORTS = ("", "urgency", "-created_at", "created_at", "-updated_at")
# What a redirect may ask the list to say.
NOTICES = frozenset(
    {
        "saved",
        "lost_edit",
        "forbidden_transition",
        "changed",
        "undone",
        "undo_expired",
        "too_many_views",
        "view_deleted",
    }
)
# What else a redirect says, and ``open``: the request that a script shows beside the list.
_SAID = ("notice", "undo", "done", "refused", "open")
_UNDO = re.compile(r"[A-Za-z0-9_-]{20,64}")


@bp.get("/desk")
@takes(*_SAID, model=DeskQuery)
def show_desk() -> Response:
    """A page of the list."""
    query, user = parse_query(DeskQuery), require_user()
    query.view = query.view or _view_of(query)
    wanted = replace(filter_of(query, user), limit=ROWS)
    with reading_session() as session:
        page = queries.list_requests(session, wanted, queries.ON_THE_DESK)
        counts = queries.count_views(session, user.id)
        mail_trouble = find_trouble(session, "mail")
        saved = list_views(session, user)
        assignees = list_assignees(session, user, current_language())
        teams = list_team_names(session, current_language())
    context = _context(query, page, teams)
    return make_response(
        render_template(
            "desk.html",
            mail_trouble=mail_trouble,
            counts=counts,
            saved=saved,
            assignees=assignees,
            **context,
        )
    )


def _view_of(query: DeskQuery) -> View:
    """The view of an address without one: filters alone mean all requests, and nothing means what
    there is to do."""
    return View.ALL if query.cursor or _chosen(query) else View.NEEDS_PERSON


@bp.post("/desk/requests/<int:request_id>/status")
def change_status(request_id: int) -> Response:
    """A quick change from the list, and back to where the operator was."""
    changes = parse(ChangesIn, {"status": request.form.get("status", "")})
    token = new_token()
    notice = save(request_id, Changes(status=changes.status), undo=token)
    said = {"undo": token} if notice == "saved" else {}
    return redirect(back_to_list(notice, **said), 303)  # type: ignore[return-value]


def save(request_id: int, changes: Changes, *, undo: str = "") -> str:
    """Apply one click of the user; returns the notice that says how it went."""
    try:
        with transaction() as session:
            update_request(
                session,
                request_id,
                changes,
                user=require_user(),
                expected_version=seen_version(),
                call_id=g.request_id,
                undo=undo,
            )
    except (LostEdit, ForbiddenTransition) as error:
        return error.code
    return "saved"


def undo_of_address() -> str:
    """What takes the change back that has just led here; empty without one."""
    undo = request.args.get("undo", "")
    return undo if _UNDO.fullmatch(undo) else ""


def seen_version() -> int:
    """The version that the form was made from; a form without one fits nothing."""
    return request.form.get("version", -1, type=int)


def _context(query: DeskQuery, page: queries.Page, teams: Mapping[int, str]) -> dict[str, Any]:
    chosen = _chosen(query)
    in_view = filters_of(query)
    here = urlencode({**in_view, **({"cursor": query.cursor} if query.cursor else {})}, doseq=True)
    notice = request.args.get("notice", "")
    return {
        "rows": page.rows,
        "written_rows": write_rows(page.rows, here, teams),
        "total": page.total,
        "counted_to": (queries.WORDS_COUNT_LIMIT, queries.COUNT_LIMIT),
        "chosen": chosen,
        "given": _given(query),
        "kept": [(name, chosen[name]) for name in GIVEN if name in chosen and name not in _LISTS],
        "view": query.view,
        "sort": query.sort,
        "sorts": SORTS,
        "views": [(view, _list_address({"view": view})) for view in View],
        "counted_views_to": queries.COUNTED_TO,
        "folded": sum(name in chosen for name in _FOLDED),
        "in_all": _list_address({"view": View.ALL, **chosen}),
        "without_filters": _list_address({"view": query.view}),
        "is_first_page": not query.cursor,
        "next_page": _list_address({**in_view, "cursor": page.next_cursor})
        if page.next_cursor
        else "",
        "first_page": _list_address(in_view),
        "csv": _with_query(url_for("exports.export_requests"), in_view),
        "here": here,
        "notice": notice if notice in NOTICES else "",
        "done": request.args.get("done", 0, type=int),
        "refused": request.args.get("refused", 0, type=int),
        "undo": undo_of_address(),
        "bulk_most": MOST,
        "bulk_key": str(uuid.uuid4()),
        "sheet": SHEET,
        "view_keys": VIEW_KEYS,
        "in_view_query": urlencode(in_view, doseq=True),
        "me": require_user().id,
        "choices": {"status": Status, "category": Category, "priority": Priority},
        # Nobody makes a judgement pending again.
        "settable": {
            "status": Status,
            "category": [word for word in Category if word != Category.PENDING],
            "priority": [word for word in Priority if word != Priority.PENDING],
        },
    }


def filters_of(query: DeskQuery) -> dict[str, Any]:
    """The list without its page, as a query string has it."""
    sort = {"sort": query.sort} if query.sort else {}
    return {"view": query.view, **_chosen(query), **sort}


def _chosen(query: DeskQuery) -> dict[str, Any]:
    """The filters that are set, as a query string has them."""
    found = {name: value for name in FILTERS if (value := getattr(query, name))}
    return {
        name: moment(value) if isinstance(value, datetime) else value
        for name, value in found.items()
    }


def _given(query: DeskQuery) -> list[tuple[str, str]]:
    """What the address says beyond the form, as people read it; a day ends where the next begins."""
    zone, language = get_settings().timezone, current_language()
    found: list[tuple[str, str]] = [("place", place) for place in query.place]
    for name in GIVEN:
        value = getattr(query, name)
        if isinstance(value, datetime):
            day_of = first_day_of if name in ("created_from", "completed_from") else last_day_of
            found.append((name, show_day(language, day_of(value, zone))))
    if query.rating:
        found.append(("rating", ", ".join(query.rating)))
    return [*found, *([("corrected", "")] if query.corrected else [])]


def _list_address(args: dict[str, Any]) -> str:
    return _with_query(url_for("pages.show_desk"), args)


def _with_query(path: str, args: dict[str, Any]) -> str:
    return f"{path}?{urlencode(args, doseq=True)}" if args else path


def shown_list() -> DeskQuery:
    """The list that a form was on."""
    query = _query_of_form()
    query.view = query.view or _view_of(query)
    return query


def _query_of_form() -> DeskQuery:
    """Only the list's own filters, whatever the form says."""
    here = MultiDict(parse_qsl(request.form.get("here", "")))
    return parse(DeskQuery, values_of(DeskQuery, here))


def back_to_list(notice: str, **said: str | int) -> str:
    """The list as it was."""
    query = _query_of_form()
    args = (
        ({"view": query.view} if query.view else {})
        | _chosen(query)
        | {name: value for name in ("sort", "cursor") if (value := getattr(query, name))}
    )
    return _list_address({**args, "notice": notice, **said})
