"""Prepared replies to requesters, kept by operators: by language, with placeholders."""

import re
from collections.abc import Sequence

from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.base import now
from models.canned_reply import CannedReply
from models.errors import InvalidInput, LostEdit, NotFound
from models.maintenance_request import MaintenanceRequest
from models.particles import PARTICLES, particle

# Of a language; who chooses from more than this does not find any.
MOST = 100
# ``{name}``; ``{name:을}`` is the particle that stands after it.
_PLACEHOLDER = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}")
PLACEHOLDERS = ("reference", "name", "place")
# What is said where the requester gave none.
_NOT_GIVEN = {
    "ko": {"name": "신청자", "place": "신고하신 곳"},
    "en": {"name": "requester", "place": "the place you reported"},
}
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('canned_replies'))")


def list_replies(session: Session, language: str = "") -> Sequence[CannedReply]:
    """Of one language, else of both, by title."""
    found = select(CannedReply).order_by(CannedReply.language.desc(), CannedReply.title)
    return session.scalars(
        found.where(CannedReply.language == language) if language else found
    ).all()


def get_reply(session: Session, reply_id: int) -> CannedReply:
    """Raises NotFound."""
    reply = session.get(CannedReply, reply_id)
    if reply is None:
        raise NotFound
    return reply


def add_reply(
    session: Session, *, language: str, title: str, words: str, actor: str
) -> CannedReply:
    """Raises InvalidInput: an unknown placeholder, a title that is taken, or too many of them."""
    _check_placeholders(words)
    session.execute(_LOCK)  # so that of many at once no more get in than there may be
    held = session.scalar(select(func.count()).where(CannedReply.language == language)) or 0
    if held >= MOST:
        raise InvalidInput("too_many_replies", field="title")
    reply = CannedReply(language=language, title=title, text=words, updated_by=actor)
    session.add(reply)
    _flush(session)
    return reply


def change_reply(
    session: Session, reply_id: int, *, title: str, words: str, version: int, actor: str
) -> CannedReply:
    """Raises as ``add_reply`` does, and NotFound, and LostEdit where it is not of that version."""
    _check_placeholders(words)
    locked = select(CannedReply).where(CannedReply.id == reply_id).with_for_update()
    reply = session.scalar(locked.execution_options(populate_existing=True))
    if reply is None:
        raise NotFound
    if reply.version != version:
        raise LostEdit
    reply.title, reply.text, reply.updated_by, reply.updated_at = title, words, actor, now()
    _flush(session)
    return reply


def delete_reply(session: Session, reply_id: int) -> None:
    """Harmless if it is gone."""
    session.execute(delete(CannedReply).where(CannedReply.id == reply_id))


def fill_reply(words: str, request: MaintenanceRequest) -> str:
    """``words`` with what the request has for the placeholders; those it does not know stay."""
    values = {
        "reference": request.reference,
        "name": request.requester_name,
        "place": request.location,
    }
    values = {name: value or _NOT_GIVEN[request.language][name] for name, value in values.items()}

    def fill(found: re.Match[str]) -> str:
        name, form = found.groups()
        if name not in values or (form is not None and form not in PARTICLES):
            return found.group()
        return values[name] if form is None else particle(values[name], form)

    return _PLACEHOLDER.sub(fill, words)


def _check_placeholders(words: str) -> None:
    for found in _PLACEHOLDER.finditer(words):
        name, form = found.groups()
        if name not in PLACEHOLDERS or (form is not None and form not in PARTICLES):
            raise InvalidInput("unknown_placeholder", field="text")


def _flush(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError:
        raise InvalidInput("title_taken", field="title") from None
