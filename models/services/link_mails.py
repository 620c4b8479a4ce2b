"""What operators do with a requester's link: send it again, or revoke it and make a new one."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.base import now
from models.errors import KeyReused, LinkExpired, NoAddress, TooManyLinkMails
from models.ledger.events import record_event
from models.maintenance_request import MaintenanceRequest
from models.queries.requests import lock_request
from models.services.link_ends import has_expired
from models.services.push_subscriptions import end_link
from models.timeline_entry import TimelineEntry
from models.user import Person, User

REQUESTED, RENEWED = "link_requested", "link_renewed"
MAILED = "mailed"  # in an entry's data: whether a mail with the link goes

# Of one request within an hour, whoever presses; what one address gets is bounded besides, see
# ``models.services.recipients``.
MAX_LINK_MAILS = 5


def send_link(
    session: Session,
    request_id: int,
    *,
    user: User | Person,
    key: str | None = None,
    call_id: str = "",
) -> MaintenanceRequest:
    """Mail the requester the link once more. ``key`` says which calls are one press.

    Raises:
        NotFound: no such request.
        LinkExpired: it would open nothing.
        NoAddress: the requester gave no e-mail address.
        TooManyLinkMails
        KeyReused: the key came with something else before.
    """
    request = lock_request(session, request_id)
    if _was_pressed(session, request, key, REQUESTED):
        return request
    if has_expired(request.ended_at):
        raise LinkExpired
    if not request.contact_email:
        raise NoAddress
    if not _may_mail(session, request):
        raise TooManyLinkMails
    _write(session, request, REQUESTED, user, key, mailed=True)
    record_event(session, "link_due", subject_id=request.id, request_id=call_id)
    return request


def renew_link(
    session: Session,
    request_id: int,
    *,
    user: User | Person,
    key: str | None = None,
    call_id: str = "",
) -> MaintenanceRequest:
    """Revoke the request's link, which opens nothing from now on, and mail the requester the new one
    where that can be done: never is a link kept open because a mail cannot go.

    Raises:
        NotFound, KeyReused: as ``send_link``.
    """
    request = lock_request(session, request_id)
    if _was_pressed(session, request, key, RENEWED):
        return request
    mailed = (
        bool(request.contact_email)
        and not has_expired(request.ended_at)
        and _may_mail(session, request)
    )
    request.link_version += 1
    end_link(session, request.id)
    request.updated_at = now()
    _write(session, request, RENEWED, user, key, mailed=mailed)
    session.flush()
    record_event(session, "request_updated", subject_id=request.id, request_id=call_id)
    if mailed:
        record_event(session, "link_due", subject_id=request.id, request_id=call_id)
    return request


def _was_pressed(
    session: Session, request: MaintenanceRequest, key: str | None, event: str
) -> bool:
    """Raises KeyReused."""
    if key is None:
        return False
    earlier = session.scalar(
        select(TimelineEntry.event).where(
            TimelineEntry.request_id == request.id, TimelineEntry.key == key
        )
    )
    if earlier not in (None, event):
        raise KeyReused(field="Idempotency-Key")
    return earlier is not None


def _may_mail(session: Session, request: MaintenanceRequest) -> bool:
    lately = select(func.count()).where(
        TimelineEntry.request_id == request.id,
        TimelineEntry.event.in_((REQUESTED, RENEWED)),
        TimelineEntry.data[MAILED].as_boolean(),
        TimelineEntry.created_at > func.now() - timedelta(hours=1),
    )
    return (session.scalar(lately) or 0) < MAX_LINK_MAILS


def _write(
    session: Session,
    request: MaintenanceRequest,
    event: str,
    user: User | Person,
    key: str | None,
    *,
    mailed: bool,
) -> None:
    actor = user.name or user.username
    data = {MAILED: mailed}
    session.add(TimelineEntry(request_id=request.id, event=event, actor=actor, data=data, key=key))
