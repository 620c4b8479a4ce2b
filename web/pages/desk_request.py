"""One request as operators see it, and the form that changes it."""

from typing import Any

from flask import Response, g, make_response, redirect, render_template, request, url_for

from config.settings import get_settings
from models.danger.advice import advice
from models.errors import DomainError, ForbiddenTransition, LostEdit, NotFound
from models.maintenance_request import MaintenanceRequest
from models.problems import detail_of
from models.queries.requests import find_request
from models.services.links import sign_reference
from models.services.workflow import Changes, update_request
from models.words import Category, Priority
from web.http.auth import require_user
from web.http.database import db, transaction
from web.http.language import current_language
from web.http.parsing import parse
from web.http.problems import Problem, problem_of
from web.pages.blueprint import bp
from web.pages.desk import seen_version
from web.pages.pieces import next_statuses
from web.pages.progress import is_dangerous
from web.pages.timeline import lines_for_operator
from web.schemas import ChangesIn

CHANGEABLE = ("status", "category", "priority", "assignee", "note")


@bp.get("/desk/requests/<int:request_id>")
def show_request(request_id: int) -> Response:
    """Everything about one request."""
    notice = request.args.get("notice", "")
    return _page(
        _get(request_id),
        notice="desk.saved" if notice == "saved" else "",
        problem=_message(LostEdit()) if notice == "lost_edit" else "",
    )


@bp.post("/desk/requests/<int:request_id>")
def change_request(request_id: int) -> Response:
    """Apply the form; what cannot be applied comes back with the note that was typed."""
    try:
        changes = parse(ChangesIn, _given())
        with transaction() as session:
            update_request(
                session,
                request_id,
                Changes(**changes.model_dump()),
                user=require_user(),
                expected_version=seen_version(),
                call_id=g.request_id,
            )
    except (LostEdit, ForbiddenTransition) as error:
        return _refused(request_id, _message(error), problem_of(error).status)
    except Problem as problem:
        messages = " ".join(error.message for error in problem.errors)
        return _refused(request_id, messages, problem.status)
    address = url_for("pages.show_request", request_id=request_id, notice="saved")
    return redirect(address, 303)  # type: ignore[return-value]


def _given() -> dict[str, str]:
    """The form's fields; a note that is all blank is no note, an empty assignee is nobody."""
    given = {name: request.form[name] for name in CHANGEABLE if name in request.form}
    if not given.get("note", "").strip():
        given.pop("note", None)
    return given


def _message(error: DomainError) -> str:
    return detail_of(error.code, current_language())


def _refused(request_id: int, message: str, status: int) -> Response:
    typed = request.form.get("note", "")
    return _page(_get(request_id), problem=message, note=typed, status=status)


def _get(request_id: int) -> MaintenanceRequest:
    """Raises NotFound."""
    found = find_request(db.session(), request_id)
    if found is None:
        raise NotFound
    return found


def _page(
    found: MaintenanceRequest,
    *,
    notice: str = "",
    problem: str = "",
    note: str = "",
    status: int = 200,
) -> Response:
    page = render_template(
        "desk_request.html", notice=notice, problem=problem, note=note, **_context(found)
    )
    return make_response(page, status)


def _context(found: MaintenanceRequest) -> dict[str, Any]:
    settings = get_settings()
    language = current_language()
    return {
        "request_": found,
        "triage": found.triage_results[-1] if found.triage_results else None,
        "lines": lines_for_operator(found.timeline),
        "advice": advice(found.danger, language, settings.emergency_phone)
        if is_dangerous(found)
        else "",
        "statuses": next_statuses(found.status),
        "categories": _offered(Category, found.category),
        "priorities": _offered(Priority, found.priority),
        "link": url_for(
            "pages.show_status",
            reference=found.reference,
            token=sign_reference(settings, found.reference),
        ),
    }


def _offered(words: type[Category] | type[Priority], present: str) -> list[str]:
    """All names; ``pending`` only while it is so."""
    return [word.value for word in words if word != "pending" or present == "pending"]
