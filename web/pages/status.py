"""The requester's page of one request, opened by its signed link alone."""

import uuid
from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, render_template, request, url_for

from config.settings import get_settings
from models.danger.advice import advice
from models.errors import (
    LinkExpired,
    LinkRevoked,
    NotFound,
    TooManyPhotos,
)
from models.maintenance_request import MaintenanceRequest
from models.problems import detail_of
from models.queries.requests import find_by_reference
from models.rating import HIGHEST, LOWEST
from models.services.conversation import is_open, open_question
from models.services.link_ends import check_link
from models.services.photos import (
    MAX_PHOTOS_PER_REQUEST,
    MAX_PHOTOS_PER_UPLOAD,
)
from models.services.push_subscriptions import Owner
from models.services.references import tidy_reference
from models.services.reopening import rates_until, reopens_until
from models.words import Status
from web.http.auth import shown_link
from web.http.database import db
from web.http.language import current_language
from web.http.parameters import takes
from web.http.uploads import MAX_PHOTO_BYTES, Photos
from web.pages.blueprint import bp
from web.pages.danger import call_words
from web.pages.next_step import next_step_of
from web.pages.progress import headline_of, is_dangerous, is_sorted, steps_of
from web.pages.push import push_offer
from web.pages.timeline import lines_for_requester
from web.pages.translations import say


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed, and why it was not sent."""

    words: str = ""
    error: str = ""


NOTHING_TYPED = Typed()


@bp.get("/r/<reference>")
@takes("token", "notice", "refused")
def show_status(reference: str) -> Response:
    """How the request stands; without its token nobody learns whether it exists."""
    try:
        found = opened_by_link(reference)
    except (LinkExpired, LinkRevoked) as ended:
        return make_response(render_template("link_ended.html", code=ended.code), 410)
    if found is None:
        return make_response(render_template("no_link.html"), 403)
    return status_page(found, _refused_photos(), notice=request.args.get("notice", ""))


def _refused_photos() -> str:
    """What is to be said after a submission some of whose files are no photos."""
    count = request.args.get("refused", 0, type=int)
    if not 0 < count <= MAX_PHOTOS_PER_UPLOAD:
        return ""
    return say("photo.refused", count=count)


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
        LinkExpired, LinkRevoked
    """
    wanted, link = tidy_reference(reference), shown_link()
    if link is None or link.reference != wanted:
        return None
    found = find_by_reference(db.session(), wanted)
    if found is None:
        raise NotFound
    check_link(link, found)
    return found


def status_page(
    found: MaintenanceRequest,
    photo_error: str = "",
    *,
    answer: Typed = NOTHING_TYPED,
    rating: Typed = NOTHING_TYPED,
    contact: Typed = NOTHING_TYPED,
    notice: str = "",
    status: int = 200,
) -> Response:
    """How the request stands, and what could not be taken; ``answer``, ``rating`` and ``contact`` are
    what was typed then."""
    page = render_template(
        "status.html",
        answer=answer,
        rated=rating,
        contact=contact,
        notice=notice,
        **_context(found, photo_error),
    )
    return make_response(page, status)


def _context(found: MaintenanceRequest, photo_error: str) -> dict[str, Any]:
    language = current_language()
    phone = get_settings().emergency_phone
    return {
        "request_": found,
        "token": request.args.get("token", ""),
        "steps": steps_of(found),
        "headline": headline_of(found),
        "next": next_step_of(found),
        "is_sorted": is_sorted(found),
        "advice": advice(found.danger, language, phone) if is_dangerous(found) else "",
        "call": call_words(found.danger),
        "question": open_question(found),
        "may_answer": is_open(found),
        "reopens_until": reopens_until(found),
        # What the texts about reopening end with.
        "cancelled": "_cancelled" if found.status == Status.CANCELLED else "",
        "may_rate": rates_until(found) is not None,
        "stars": range(LOWEST, HIGHEST + 1),
        "answer_key": str(uuid.uuid4()),
        "lines": lines_for_requester(found.timeline),
        "photo_error": photo_error,
        "may_add_photos": len(found.photos) < MAX_PHOTOS_PER_REQUEST,
        "max_photos": MAX_PHOTOS_PER_UPLOAD,
        "max_photo_bytes": MAX_PHOTO_BYTES,
        "push": push_offer(Owner(request_id=found.id)) if is_open(found) else None,
    }
