"""One request as operators see it, and the form that changes it."""

import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import Response, g, make_response, redirect, render_template, request, url_for

from config.settings import get_settings
from models.danger.advice import advice
from models.errors import (
    DomainError,
    ForbiddenTransition,
    KeyReused,
    LostEdit,
    NotFound,
    RequestClosed,
    UnknownAssignee,
)
from models.maintenance_request import MaintenanceRequest
from models.problems import detail_of
from models.queries.neighbours import list_neighbours
from models.queries.requests import find_request
from models.services.assignees import list_assignees, list_team_names
from models.services.canned_replies import list_replies
from models.services.contact_corrections import is_requesters_own
from models.services.conversation import is_open
from models.services.link_ends import has_expired
from models.services.links import sign_reference, status_url
from models.services.reversal import is_reversible
from models.services.watchers import list_watchers
from models.services.workflow import Changes, update_request
from models.words import Category, Priority
from web.bulk import new_token
from web.http.auth import require_user
from web.http.database import db, transaction
from web.http.idempotency import read_key
from web.http.language import current_language
from web.http.parameters import takes
from web.http.parsing import parse
from web.http.problems import Problem, problem_of
from web.pages.blueprint import bp
from web.pages.desk import seen_version, undo_of_address
from web.pages.desk_timeline import history_of
from web.pages.kept_form import WRITTEN
from web.pages.lost_edit import CHANGEABLE, CORRECTABLE, changed_fields, chosen_values, differences
from web.pages.pieces import next_statuses
from web.pages.progress import is_dangerous
from web.pages.translations import say
from web.schemas import ChangesIn

# What a redirect may ask the page to say.
_NOTICES = {
    "saved": "desk.saved",
    "undone": "desk.undone_here",
    "undo_expired": "desk.undo_expired",
    "link_sent": "link.sent",
    "link_renewed": "link.renewed",
}
# Of the page's forms, each of which writes once however often it is sent.
_KEYS = (*WRITTEN, "link", "new_link")


@bp.get("/desk/requests/<int:request_id>")
@takes("notice", "undo")
def show_request(request_id: int) -> Response:
    """Everything about one request."""
    notice = request.args.get("notice", "")
    return _page(
        get_request(request_id),
        notice=_NOTICES.get(notice, ""),
        undo=undo_of_address() if notice == "saved" else "",
        problem=_message(LostEdit()) if notice == "lost_edit" else "",
    )


@bp.post("/desk/requests/<int:request_id>")
def change_request(request_id: int) -> Response:
    """Apply one of the page's forms; what cannot be applied comes back with what was typed."""
    user = require_user()
    given, token = _given(), new_token()
    try:
        changes = parse(ChangesIn, given)
        key, _ = read_key(user)
        with transaction() as session:
            update_request(
                session,
                request_id,
                Changes(**changes.model_dump()),
                user=user,
                expected_version=seen_version() if given.keys() & {*CHANGEABLE} else None,
                key=key,
                call_id=g.request_id,
                undo=token,
            )
            undo = token if is_reversible(session, token, request_id) else None
    except KeyReused:
        return page_with_words(request_id, say("answer.sent_before"), 422)
    except LostEdit as error:
        return page_with_words(request_id, _message(error), problem_of(error).status, lost=True)
    except (ForbiddenTransition, RequestClosed, UnknownAssignee) as error:
        return page_with_words(request_id, _message(error), problem_of(error).status)
    except Problem as problem:
        messages = " ".join(error.message for error in problem.errors)
        return page_with_words(request_id, messages, problem.status)
    address = url_for("pages.show_request", request_id=request_id, notice="saved", undo=undo)
    return redirect(address, 303)  # type: ignore[return-value]


def _given() -> dict[str, str | bool]:
    """The form's fields, of who asked those that were changed in it; a note that is all blank is no
    note, an empty assignee is nobody. A note beside fields that were left as they were is a note
    alone, and overwrites nothing."""
    given: dict[str, str | bool] = {
        name: request.form[name] for name in (*CHANGEABLE, *WRITTEN) if name in request.form
    }
    given |= {
        name: request.form[name]
        for name in CORRECTABLE
        if name in request.form and request.form[name] != request.form.get(f"seen_{name}")
    }
    if request.form.get("seen_assignee") == given.get("assignee"):
        given.pop("assignee", None)  # who it is may have got another name meanwhile
    if not request.form.get("note", "").strip():
        given.pop("note", None)
    elif not changed_fields(request.form):
        given = {name: value for name, value in given.items() if name not in CHANGEABLE}
    if "question" in request.form:
        given["question"] = True
    return given


def _message(error: DomainError) -> str:
    return detail_of(error.code, current_language())


def page_with_words(
    request_id: int,
    message: str = "",
    status: int = 200,
    *,
    typed: Mapping[str, str] | None = None,
    lost: bool = False,
) -> Response:
    """The page with all that was typed and chosen; where an edit was lost, beside what it is now."""
    return _page(
        get_request(request_id),
        problem=message,
        typed=request.form if typed is None else typed,
        status=status,
        lost=lost,
    )


def get_request(request_id: int) -> MaintenanceRequest:
    """Raises NotFound."""
    found = find_request(db.session(), request_id)
    if found is None:
        raise NotFound
    return found


def _page(
    found: MaintenanceRequest,
    *,
    notice: str = "",
    undo: str = "",
    problem: str = "",
    typed: Mapping[str, str] = MappingProxyType({}),
    status: int = 200,
    lost: bool = False,
) -> Response:
    page = render_template(
        "desk_request.html",
        notice=notice,
        undo=undo,
        problem=problem,
        typed=typed,
        chosen=chosen_values(found, typed),
        differences=differences(found, typed) if lost else (),
        **_context(found),
    )
    return make_response(page, status)


def _context(found: MaintenanceRequest) -> dict[str, Any]:
    settings = get_settings()
    language = current_language()
    watchers = list_watchers(db.session(), found.id)
    return {
        "watchers": [user.name or user.username for user in watchers],
        "is_watching": require_user().id in {user.id for user in watchers},
        "assignees": list_assignees(db.session(), require_user(), language),
        "assignee_now": list_team_names(db.session(), language).get(
            found.assignee_team_id or 0, found.assignee
        ),
        "canned": list_replies(db.session(), found.language),
        "neighbours": list_neighbours(db.session(), found),
        "request_": found,
        "triage": found.triage_results[-1] if found.triage_results else None,
        "history": history_of(db.session(), found),
        "advice": advice(found.danger, language, settings.emergency_phone)
        if is_dangerous(found)
        else "",
        "is_open": is_open(found),
        "contact_is_requesters": is_requesters_own(found),
        "keys": {name: str(uuid.uuid4()) for name in _KEYS},
        "statuses": next_statuses(found.status),
        "categories": _offered(Category, found.category),
        "priorities": _offered(Priority, found.priority),
        "link_url": status_url(settings, found.reference, found.link_version),
        "link_has_expired": has_expired(found.ended_at),
        "link": url_for(
            "pages.show_status",
            reference=found.reference,
            token=sign_reference(settings, found.reference, found.link_version),
        ),
    }


def _offered(words: type[Category] | type[Priority], present: str) -> list[str]:
    """All names; ``pending`` only while it is so."""
    return [word.value for word in words if word != "pending" or present == "pending"]
