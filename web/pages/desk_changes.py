"""Changes to the selected requests of the list, or to all that it shows, and the way back."""

import re

from flask import Response, redirect, request, url_for
from werkzeug.datastructures import MultiDict

from models.errors import UndoExpired
from models.services.workflow import Changes
from web.bulk import MOST, Bulk, OutcomeOut, UndoIn, matching_ids, undo_changes
from web.http.auth import require_user
from web.http.idempotency import read_key
from web.http.parsing import field_problem, parse
from web.pages.blueprint import bp
from web.pages.desk import back_to_list, shown_list
from web.schemas import CHANGES, ChangesIn

_CHOSEN = re.compile(r"(\d{1,18})\.(\d{1,18})")


@bp.post("/desk/changes")
def change_requests() -> Response:
    """Change what is selected, and back to the list with how it went."""
    # An empty field stays as it is.
    given = parse(ChangesIn, {name: value for name in CHANGES if (value := request.form.get(name))})
    user = require_user()
    versions: dict[int, int] = {}
    if "all" in request.form:
        ids = matching_ids(shown_list(), user)
    else:
        versions = _chosen(request.form)
        ids = list(versions)
    key, _ = read_key(user)
    bulk = Bulk.begin(user, key)
    changes = Changes(**given.model_dump(include=set(CHANGES)))
    return _back("changed", bulk.change(ids, changes, versions), undo=bulk.token)


@bp.post("/desk/undo")
def undo() -> Response:
    """Take back what was changed within the last seconds; back to the request, if its page asks."""
    given = parse(UndoIn, {"undo": request.form.get("undo", "")})
    request_id = request.form.get("request", 0, type=int)
    try:
        results = undo_changes(given.undo, require_user()).results
    except UndoExpired as error:
        address = _request(request_id, error.code) if request_id else back_to_list(error.code)
        return redirect(address, 303)  # type: ignore[return-value]
    if request_id:
        notice = next((one.code for one in results if one.code), "undone")
        return redirect(_request(request_id, notice), 303)  # type: ignore[return-value]
    return _back("undone", results)


def _request(request_id: int, notice: str) -> str:
    return url_for("pages.show_request", request_id=request_id, notice=notice)


def _chosen(form: MultiDict[str, str]) -> dict[int, int]:
    """The selected requests, with the versions that the list showed.

    Raises:
        Problem: a value is none of the list's, or there are too many.
    """
    found = [_CHOSEN.fullmatch(value) for value in form.getlist("chosen")]
    if None in found:
        raise field_problem("chosen", "malformed")
    if len(found) > MOST:
        raise field_problem("chosen", "too_long")
    return {int(one[1]): int(one[2]) for one in found if one}


def _back(notice: str, results: list[OutcomeOut], *, undo: str = "") -> Response:
    done = sum(one.status == 200 for one in results)
    said = {"done": done, "refused": len(results) - done}
    address = back_to_list(notice, **said, **({"undo": undo} if undo and done else {}))
    return redirect(address, 303)  # type: ignore[return-value]
