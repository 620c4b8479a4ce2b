"""What happened that browsers are to be told of: each is recorded as a run, in the transaction of the
fact. Without a key (``VAPID_PRIVATE_KEY``) nothing is recorded."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from config.settings import get_settings
from models.assignee_key import Assigned
from models.ledger.events import record_event, record_events
from models.services.assignee_mailboxes import list_responsible
from models.services.push_subscriptions import Owner, has_subscriptions


def is_push_on() -> bool:
    """Whether messages to browsers can be sent at all."""
    return bool(get_settings().vapid_private_key)


def queue_alerts(
    session: Session, request_ids: Sequence[int], *, call_ids: Sequence[str] = ()
) -> None:
    """Have operators alarmed of requests that are urgent now. Whoever was alarmed of one already is
    not alarmed again."""
    if is_push_on():
        record_events(session, "alert_due", request_ids, request_ids=call_ids)


def queue_update(session: Session, request_id: int, *, call_id: str, delay: float) -> None:
    """Have the requester told of news, if a browser of theirs wants to be; ``delay`` is as for
    ``record_events``."""
    if is_push_on() and has_subscriptions(session, Owner(request_id=request_id)):
        record_event(
            session, "push_update_due", subject_id=request_id, request_id=call_id, delay=delay
        )


def queue_assignment(
    session: Session, entry_id: int, assigned: Assigned, *, call_id: str, delay: float = 0
) -> None:
    """Have whoever has the request now told; ``entry_id`` is the timeline entry that says so,
    ``delay`` is as for ``record_events``."""
    if is_push_on() and any(
        has_subscriptions(session, Owner(user_id=one.id))
        for one in list_responsible(session, assigned)
    ):
        record_event(
            session, "push_assignment_due", subject_id=entry_id, request_id=call_id, delay=delay
        )
