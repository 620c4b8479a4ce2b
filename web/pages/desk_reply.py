"""A reply before it is sent: the mail that it becomes, and the way back to the form."""

from flask import Response, make_response, render_template, request

from models.services.mails import preview_reply as render_reply
from web.http.database import transaction
from web.http.parsing import parse
from web.http.problems import Problem
from web.pages.blueprint import bp
from web.pages.desk_request import get_request, page_with_words
from web.schemas import ChangesIn


@bp.post("/desk/requests/<int:request_id>/preview")
def preview_reply(request_id: int) -> Response:
    """The very mail, in the requester's language, with what sends it and what leads back."""
    question = "question" in request.form
    try:
        words = parse(ChangesIn, {"reply": request.form.get("reply", "")}).reply or ""
    except Problem as problem:
        message = " ".join(error.message for error in problem.errors)
        return page_with_words(request_id, message, problem.status)
    found = get_request(request_id)
    with transaction() as session:
        mail = render_reply(session, found, words, question=question)
    page = render_template(
        "desk_preview.html",
        request_=found,
        mail=mail,
        words=words,
        question=question,
        key=request.form.get("idempotency_key", ""),
    )
    return make_response(page)


@bp.post("/desk/requests/<int:request_id>/reply")
def edit_reply(request_id: int) -> Response:
    """The request's page with the reply in its form, as it was typed."""
    return page_with_words(request_id)
