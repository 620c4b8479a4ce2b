"""The requester's form of the status page: an answer to the operators, in words and photos."""

from flask import Response, g, redirect, request

from models.errors import Forbidden, KeyReused, RequestClosed, TooManyAnswers
from models.maintenance_request import MaintenanceRequest
from models.problems import detail_of
from models.services.conversation import Answered, record_answer
from web.http.database import db, transaction
from web.http.idempotency import read_key
from web.http.language import current_language
from web.http.parsing import parse
from web.http.problems import Problem, problem_of
from web.http.uploads import Photos, read_photos
from web.pages.blueprint import bp
from web.pages.status import Typed, address_of, opened_by_link, status_page, what_is_wrong
from web.pages.translations import say
from web.schemas import AnswerIn


@bp.post("/r/<reference>/answers")
def send_answer(reference: str) -> Response:
    """Write the answer and add its photos, then the page again.

    Raises:
        Forbidden: without the link's token.
    """
    found = opened_by_link(reference)
    if found is None:
        raise Forbidden
    typed = request.form.get("answer", "")
    try:
        given = parse(AnswerIn, {"answer": typed})
        photos = read_photos()
        answered = _record(found, given.answer, photos)
    except Problem as problem:
        messages = " ".join(error.message for error in problem.errors)
        return _refused(found, typed, messages, problem.status)
    except KeyReused:
        return _refused(found, typed, say("answer.sent_before"), 422)
    except (RequestClosed, TooManyAnswers) as error:
        message = detail_of(error.code, current_language())
        return _refused(found, typed, message, problem_of(error).status)
    if answered.made and (wrong := what_is_wrong(photos, answered.photos)):
        db.session().expire(found)  # it was read without the answer
        return status_page(found, wrong, notice="answered")
    return redirect(address_of(found, notice="answered"), 303)  # type: ignore[return-value]


def _record(found: MaintenanceRequest, words: str, photos: Photos) -> Answered:
    key, _ = read_key(None, link=found.reference)
    with transaction() as session:
        return record_answer(
            session, found.id, words, photos=photos.taken, key=key, call_id=g.request_id
        )


def _refused(found: MaintenanceRequest, words: str, message: str, status: int) -> Response:
    db.session().expire(found)
    return status_page(found, answer=Typed(words, message), status=status)
