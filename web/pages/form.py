"""The form where somebody reports a fault, empty or as they left it when something was wrong."""

import uuid
from typing import Any

from flask import Response, abort, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from config.settings import get_settings
from models.services.photos import MAX_PHOTOS_PER_UPLOAD
from web.http.auth import require_user
from web.http.parameters import takes
from web.http.problems import Problem
from web.http.uploads import MAX_PHOTO_BYTES, has_files
from web.pages.blueprint import bp
from web.pages.translations import say

MAX_PLACE = 200  # characters, as the field takes them
FIELDS = ("description", "location", "contact_info", "requester_name")
_SHOWN = (*FIELDS, "photos")


@bp.get("/")
@takes("location", unreadable=True)  # a poster's code opens the form whatever it says
def show_form() -> Response:
    """The form, empty but for a place in the address; a login first where the settings close the
    intake."""
    if get_settings().intake_require_login:
        require_user()
    return _empty_form("form.html")


@bp.get("/embed")
@takes("location", unreadable=True)  # a poster's code opens the form whatever it says
def show_embedded_form() -> Response:
    """The same in a frame on another site; 404 where the settings name none."""
    if not get_settings().framing_origins:
        abort(404)
    return _empty_form("embed.html")


def _empty_form(template: str) -> Response:
    response = _render({"location": _place()}, {}, "", template)
    # May be shown again by the back button, so that nobody loses what they typed.
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _place() -> str:
    """Where somebody is, as the address says it that hangs there as a code: one line, cut to what
    the field takes."""
    words = "".join(c if c.isprintable() else " " for c in request.args.get("location", ""))
    return " ".join(words.split())[:MAX_PLACE].strip()


def answer_form(problem: Problem) -> Response:
    """The form with what was typed, each message at its field, and the problem's status."""
    typed = _typed()
    # A key stays with its content as long as it may: after an outage nobody knows whether the
    # first sending was stored. Only a key that belongs to something else is replaced.
    if any(e.field == "Idempotency-Key" for e in problem.errors):
        typed.pop("idempotency_key", None)
    at_fields = {e.field: e.message for e in problem.errors if e.field in _SHOWN}
    response = _render(typed, at_fields, _what_is_wrong(problem))
    response.status_code = problem.status
    return response


def _what_is_wrong(problem: Problem) -> str:
    if problem.code == "key_reused":
        return say("form.sent_before")
    if problem.code == "not_authenticated":
        return say("form.login_first")
    elsewhere = [e for e in problem.errors if e.field not in (*_SHOWN, "Idempotency-Key")]
    said = [f"{error.field}: {error.message}" for error in elsewhere]
    return " ".join((str(problem.as_json()["detail"]), *said))


def _typed() -> dict[str, str]:
    """What came in the form, as far as it can be read at all."""
    try:
        return {name: request.form.get(name, "") for name in (*FIELDS, "idempotency_key")}
    except (HTTPException, Problem):  # larger than allowed, or no text: nothing was read
        return {}


def _had_photos() -> bool:
    try:
        return has_files()
    except (HTTPException, Problem):
        return True


def _render(
    typed: dict[str, str], errors: dict[str, str], problem: str, template: str = "form.html"
) -> Response:
    context: dict[str, Any] = {
        "typed": typed,
        "errors": errors,
        "problem": problem,
        "photos_lost": bool(problem) and _had_photos(),
        "idempotency_key": typed.get("idempotency_key") or str(uuid.uuid4()),
        "max_photos": MAX_PHOTOS_PER_UPLOAD,
        "max_photo_bytes": MAX_PHOTO_BYTES,
        # Behind a login the page is somebody's own: no copy of it is kept.
        "works_offline": not get_settings().intake_require_login,
    }
    return make_response(render_template(template, **context))
