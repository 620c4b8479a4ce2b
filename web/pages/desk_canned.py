"""Prepared replies: the page on which operators keep them, and their way into the reply's form."""

from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from markupsafe import Markup

from models.errors import InvalidInput, LostEdit, NotFound
from models.problems import detail_of
from models.services.canned_replies import (
    MOST,
    PLACEHOLDERS,
    add_reply,
    change_reply,
    delete_reply,
    fill_reply,
    get_reply,
    list_replies,
)
from web.http.auth import require_user
from web.http.database import db, transaction
from web.http.language import current_language
from web.http.messages import field_message
from web.http.parameters import takes
from web.http.parsing import parse
from web.http.problems import Problem
from web.pages.blueprint import bp
from web.pages.desk_request import get_request, page_with_words
from web.schemas import CannedReplyIn

# As the page names them: code, whatever language is around it.
_PLACEHOLDERS = {
    name: Markup("<code lang='ko'>{{{}}}</code>").format(example)
    for name, example in [*((name, name) for name in PLACEHOLDERS), ("particle", "name:은")]
}


@bp.get("/desk/replies")
@takes("notice")
def show_replies() -> Response:
    """All of them, each in a form of its own."""
    return _page()


@bp.post("/desk/replies")
def add_canned_reply() -> Response:
    """Keep a new one."""
    return _save(0)


@bp.post("/desk/replies/<int:reply_id>")
def change_canned_reply(reply_id: int) -> Response:
    """Keep a changed one, or delete it."""
    if "delete" in request.form:
        with transaction() as session:
            delete_reply(session, reply_id)
        return _saved()
    return _save(reply_id)


@bp.post("/desk/requests/<int:request_id>/canned")
def insert_canned_reply(request_id: int) -> Response:
    """The request's page with the prepared reply behind what was typed, its placeholders filled."""
    found = get_request(request_id)
    typed = request.form.to_dict()
    reply_id = request.form.get("canned", 0, type=int)
    try:
        words = fill_reply(get_reply(db.session(), reply_id).text, found) if reply_id else ""
    except NotFound as error:  # somebody has deleted it meanwhile
        return page_with_words(request_id, detail_of(error.code, current_language()), 404)
    typed["reply"] = "\n\n".join(filter(None, (typed.get("reply", "").rstrip(), words)))
    return page_with_words(request_id, typed=typed)


def _save(reply_id: int) -> Response:
    user = require_user()
    try:
        given = parse(CannedReplyIn, request.form.to_dict())
        words: dict[str, Any] = {"title": given.title, "words": given.text}
        words["actor"] = user.name or user.username
        with transaction() as session:
            if reply_id:
                version = request.form.get("version", -1, type=int)
                change_reply(session, reply_id, version=version, **words)
            else:
                add_reply(session, language=given.language, **words)
    except InvalidInput as error:
        message = field_message(error.message, current_language(), {"limit": MOST})
        return _page(reply_id, {error.field: message}, 422)
    except LostEdit as error:
        message = detail_of(error.code, current_language())
        return _page(reply_id, {"text": message}, 412)
    except Problem as problem:
        errors = {error.field: error.message for error in problem.errors}
        return _page(reply_id, errors, problem.status)
    return _saved()


def _saved() -> Response:
    return redirect(url_for("pages.show_replies", notice="saved"), 303)  # type: ignore[return-value]


def _page(
    wrong: int | None = None, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    """``wrong`` is the reply whose form was refused, 0 for the new one: it keeps what was typed."""
    page = render_template(
        "canned_replies.html",
        placeholders=_PLACEHOLDERS,
        replies=list_replies(db.session()),
        wrong=wrong,
        errors=errors or {},
        typed=request.form,
        saved=request.args.get("notice") == "saved",
    )
    return make_response(page, status)
