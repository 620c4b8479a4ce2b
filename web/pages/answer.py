"""The requester's forms of the status page: an answer to the operators, in words and photos, which
may say that the work is not done; and a rating of the work."""

from flask import Response, g, redirect, request

from models.errors import (
    Forbidden,
    KeyReused,
    NotRatable,
    RequestClosed,
    TooLateToReopen,
    TooManyAnswers,
)
from models.maintenance_request import MaintenanceRequest
from models.problems import detail_of
from models.services.conversation import Answered, add_requesters_photos, record_answer
from models.services.ratings import rate_request
from web.http.database import db, transaction
from web.http.idempotency import read_key
from web.http.language import current_language
from web.http.parameters import takes
from web.http.parsing import parse
from web.http.problems import Problem, reason_of
from web.http.uploads import Photos, read_photos
from web.pages.blueprint import bp
from web.pages.status import (
    NOTHING_TYPED,
    Typed,
    address_of,
    opened_by_link,
    status_page,
    what_is_wrong,
)
from web.pages.translations import say
from web.schemas import AnswerIn, RatingIn


@bp.post("/r/<reference>/answers")
@takes("token")
def send_answer(reference: str) -> Response:
    """Write the answer and add its photos, or photos alone, then the page again. What is no photo, or
    one too many, does not keep the others from being taken.

    Raises:
        Forbidden: without the link's token.
    """
    found = opened_by_link(reference)
    if found is None:
        raise Forbidden
    typed = request.form.get("answer", "")
    try:
        reopen = request.form.get("reopen") == "1"
        photos = read_photos()
        if not typed.strip() and not reopen and photos != Photos():
            return _add_photos(found, photos)
        given = parse(AnswerIn, {"answer": typed, "reopen": reopen})
        answered = _record(found, given, photos)
    except KeyReused:
        return _refused(found, 422, answer=Typed(typed, say("answer.sent_before")))
    except (Problem, RequestClosed, TooLateToReopen, TooManyAnswers) as error:
        message, status = reason_of(error)
        return _refused(found, status, answer=Typed(typed, message))
    if answered.made and (wrong := what_is_wrong(photos, answered.photos)):
        db.session().expire(found)  # it was read without the answer
        return status_page(found, wrong, notice="answered")
    notice = "reopened" if reopen else "answered"
    return redirect(address_of(found, notice=notice), 303)  # type: ignore[return-value]


def _add_photos(found: MaintenanceRequest, photos: Photos) -> Response:
    """Photos without words; the page, at once where there is something to say: names of files are kept
    nowhere."""
    try:
        with transaction() as session:
            added = add_requesters_photos(session, found.id, photos.taken, call_id=g.request_id)
    except RequestClosed as closed:
        db.session().expire(found)
        return status_page(found, detail_of(closed.code, current_language()), status=409)
    if wrong := what_is_wrong(photos, len(added)):
        db.session().expire(found)  # it was read without the new ones
        is_full = len(added) < len(photos.taken)
        return status_page(found, wrong, status=200 if added else 409 if is_full else 422)
    return redirect(f"{address_of(found, notice='answered')}#photos", 303)  # type: ignore[return-value]


@bp.post("/r/<reference>/rating")
@takes("token")
def send_rating(reference: str) -> Response:
    """Write the rating, or correct it, then the page again.

    Raises:
        Forbidden: without the link's token.
    """
    found = opened_by_link(reference)
    if found is None:
        raise Forbidden
    stars, words = request.form.get("stars", type=int), request.form.get("words", "")
    try:
        given = parse(RatingIn, {"words": words} | ({} if stars is None else {"stars": stars}))
        with transaction() as session:
            rate_request(session, found.id, given.stars, given.words, call_id=g.request_id)
    except (Problem, NotRatable) as error:
        message, status = reason_of(error)
        return _refused(found, status, rating=Typed(words, message))
    return redirect(address_of(found, notice="rated"), 303)  # type: ignore[return-value]


def _record(found: MaintenanceRequest, given: AnswerIn, photos: Photos) -> Answered:
    key, _ = read_key(None, link=found.reference)
    with transaction() as session:
        return record_answer(
            session,
            found.id,
            given.answer,
            reopen=given.reopen,
            photos=photos.taken,
            key=key,
            call_id=g.request_id,
        )


def _refused(
    found: MaintenanceRequest,
    status: int,
    *,
    answer: Typed = NOTHING_TYPED,
    rating: Typed = NOTHING_TYPED,
) -> Response:
    db.session().expire(found)
    return status_page(found, answer=answer, rating=rating, status=status)
