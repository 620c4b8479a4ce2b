"""Who asked and where they are reached, corrected: by operators, and by whoever has the link. Mails that
are written from then on go to the new address."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.base import now
from models.errors import TooManyCorrections
from models.ledger.events import record_event
from models.maintenance_request import MaintenanceRequest
from models.queries.requests import lock_request
from models.services.contacts import find_email
from models.services.search import index_again
from models.timeline_entry import CONTACT_CHANGED, NAME_CHANGED, TimelineEntry

# By the link of one request within an hour, and ever: else it could send the house's mails to many
# strangers, and fill the timeline.
MAX_CORRECTIONS = 3
MAX_EVER = 20

_EVENTS = {"contact_info": CONTACT_CHANGED, "requester_name": NAME_CHANGED}


def correct_contact(
    session: Session,
    request: MaintenanceRequest,
    *,
    contact_info: str | None = None,
    requester_name: str | None = None,
    actor: str = "",
) -> bool:
    """Write down what differs, None leaves it as it is; whether anything did. The caller holds the
    request's row lock. ``actor`` is the operator, empty for the requester."""
    given = {"contact_info": contact_info, "requester_name": requester_name}
    changed = {
        name: value
        for name, value in given.items()
        if value is not None and value != getattr(request, name)
    }
    for name, value in changed.items():
        data = {"was": getattr(request, name), "became": value}
        session.add(
            TimelineEntry(request_id=request.id, event=_EVENTS[name], actor=actor, data=data)
        )
        setattr(request, name, value)
    if "contact_info" in changed:
        request.contact_email = find_email(request.contact_info)
    if changed:
        request.updated_at = now()
        session.flush()
        index_again(session, request)
    return bool(changed)


def correct_own_contact(
    session: Session, request_id: int, contact_info: str, *, call_id: str = ""
) -> MaintenanceRequest:
    """By whoever has the link.

    Raises:
        NotFound: the request is gone.
        TooManyCorrections
    """
    request = lock_request(session, request_id)
    if request.contact_info == contact_info:
        return request
    within_an_hour = TimelineEntry.created_at > func.now() - timedelta(hours=1)
    ever, lately = session.execute(
        select(func.count(), func.count().filter(within_an_hour)).where(
            TimelineEntry.request_id == request.id,
            TimelineEntry.event == CONTACT_CHANGED,
            TimelineEntry.actor == "",
        )
    ).one()
    if lately >= MAX_CORRECTIONS or ever >= MAX_EVER:
        raise TooManyCorrections(field="contact_info")
    correct_contact(session, request, contact_info=contact_info)
    record_event(session, "request_updated", subject_id=request.id, request_id=call_id)
    return request


def is_requesters_own(request: MaintenanceRequest) -> bool:
    """Whether the present contact was written by whoever had the link, after the report."""
    changes = [entry for entry in request.timeline if entry.event == CONTACT_CHANGED]
    return bool(changes) and not changes[-1].actor
