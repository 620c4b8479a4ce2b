"""The requester's page of one request, opened by its signed link alone."""

import uuid
from dataclasses import dataclass
from typing import Any

from flask import Response, g, make_response, redirect, render_template, request, url_for

from config.settings import get_settings
from models.danger.advice import advice
from models.errors import Forbidden, LinkExpired, NotFound, RequestClosed, TooManyPhotos
from models.maintenance_request import MaintenanceRequest
from models.problems import detail_of
from models.queries.requests import find_by_reference
from models.rating import HIGHEST, LOWEST
from models.services.conversation import add_requesters_photos, is_open, open_question
from models.services.link_ends import check_link
from models.services.photos import (
    MAX_PHOTOS_PER_REQUEST,
    MAX_PHOTOS_PER_UPLOAD,
)
from models.services.references import tidy_reference
from models.services.reopening import reopens_until
from web.http.auth import linked_reference
from web.http.database import db, transaction
from web.http.language import current_language
from web.http.parsing import field_problem
from web.http.problems import Problem
from web.http.uploads import MAX_PHOTO_BYTES, Photos, read_photos
from web.pages.blueprint import bp
from web.pages.progress import headline_of, is_dangerous, is_sorted, steps_of
from web.pages.timeline import lines_for_requester
from web.pages.translations import say


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed, and why it was not sent."""

    words: str = ""
    error: str = ""


NOTHING_TYPED = Typed()


@bp.get("/r/<reference>")
def show_status(reference: str) -> Response:
    """How the request stands; without its token nobody learns whether it exists."""
    try:
        found = opened_by_link(reference)
    except LinkExpired:
        return make_response(render_template("link_expired.html"), 410)
    if found is None:
        return make_response(render_template("no_link.html"), 403)
    return status_page(found, _refused_photos(), notice=request.args.get("notice", ""))


def _refused_photos() -> str:
    """What is to be said after a submission some of whose files are no photos."""
    count = request.args.get("refused", 0, type=int)
    if not 0 < count <= MAX_PHOTOS_PER_UPLOAD:
        return ""
    return say("photo.refused", count=count)


@bp.post("/r/<reference>/photos")
def add_photos(reference: str) -> Response:
    """More photos from the requester, then the page again. What is no photo, or one too many, does
    not keep the others from being taken.

    Raises:
        Forbidden: without the link's token.
    """
    found = opened_by_link(reference)
    if found is None:
        raise Forbidden
    try:
        photos = read_photos()
        if photos == Photos():
            raise field_problem("photos", "missing")
    except Problem as problem:
        return status_page(found, problem.errors[0].message, status=problem.status)
    try:
        with transaction() as session:
            added = add_requesters_photos(session, found.id, photos.taken, call_id=g.request_id)
    except RequestClosed as closed:
        db.session().expire(found)
        return status_page(found, detail_of(closed.code, current_language()), status=409)
    return _answer_photos(found, photos, len(added))


def _answer_photos(found: MaintenanceRequest, photos: Photos, added: int) -> Response:
    """The page, at once where there is something to say: names of files are kept nowhere."""
    if wrong := what_is_wrong(photos, added):
        db.session().expire(found)  # it was read without the new ones
        is_full = added < len(photos.taken)
        return status_page(found, wrong, status=200 if added else 409 if is_full else 422)
    return redirect(f"{address_of(found)}#photos", 303)  # type: ignore[return-value]


def what_is_wrong(photos: Photos, added: int) -> str:
    """Why not all of what was sent was added; empty if it was."""
    wrong = [f"{file.field}: {file.message}" for file in photos.refused]
    if added < len(photos.taken):
        wrong.append(detail_of(TooManyPhotos.code, current_language()))
    return " ".join(wrong)


def address_of(found: MaintenanceRequest, notice: str | None = None) -> str:
    """The page's own, with the token that opened it."""
    token = request.args.get("token", "")
    return url_for("pages.show_status", reference=found.reference, token=token, notice=notice)


def opened_by_link(reference: str) -> MaintenanceRequest | None:
    """The request, if the call's token was signed for just this one.

    Raises:
        NotFound: the link is ours, the request is gone.
        LinkExpired: it ended too long ago.
    """
    wanted = tidy_reference(reference)
    if linked_reference() != wanted:
        return None
    found = find_by_reference(db.session(), wanted)
    if found is None:
        raise NotFound
    check_link(found.ended_at)
    return found


def status_page(
    found: MaintenanceRequest,
    photo_error: str = "",
    *,
    answer: Typed = NOTHING_TYPED,
    rating: Typed = NOTHING_TYPED,
    notice: str = "",
    status: int = 200,
) -> Response:
    """How the request stands, and what could not be taken; ``answer`` and ``rating`` are
    what was typed then."""
    context = _context(found, photo_error)
    page = render_template("status.html", answer=answer, rated=rating, notice=notice, **context)
    return make_response(page, status)


def _context(found: MaintenanceRequest, photo_error: str) -> dict[str, Any]:
    language = current_language()
    phone = get_settings().emergency_phone
    return {
        "request_": found,
        "token": request.args.get("token", ""),
        "steps": steps_of(found),
        "headline": headline_of(found),
        "is_sorted": is_sorted(found),
        "advice": advice(found.danger, language, phone) if is_dangerous(found) else "",
        "question": open_question(found),
        "may_answer": is_open(found),
        "reopens_until": reopens_until(found),
        "stars": range(LOWEST, HIGHEST + 1),
        "answer_key": str(uuid.uuid4()),
        "lines": lines_for_requester(found.timeline),
        "photo_error": photo_error,
        "may_add_photos": len(found.photos) < MAX_PHOTOS_PER_REQUEST,
        "max_photos": MAX_PHOTOS_PER_UPLOAD,
        "max_photo_bytes": MAX_PHOTO_BYTES,
    }
