"""Messages to browsers: one row and one run for each browser, written when it is sent."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import orjson
from sqlalchemy import TextClause, func, select, text, update
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.arrays import as_array
from models.assignee_key import key_of
from models.base import now
from models.ledger.events import record_events
from models.ledger.steps import Claim
from models.maintenance_request import MaintenanceRequest
from models.ports import OutgoingPush
from models.push_endpoint import is_push_endpoint
from models.push_message import PushKind, PushMessage
from models.push_subscription import PushSubscription
from models.push_templates import write_for_operator, write_for_requester
from models.services.assignee_mailboxes import list_responsible
from models.services.link_ends import has_expired
from models.services.links import status_path
from models.services.push_runs import is_push_on
from models.timeline_entry import ASSIGNED, QUESTION, REPLY, TimelineEntry
from models.user import User
from models.words import OPEN, Priority

KEPT_DAYS = 14


class Manner(NamedTuple):
    """``ttl``: after so many seconds it is no news any more, here and at the push service."""

    ttl: int
    urgency: str


_MANNERS = {
    PushKind.ALERT: Manner(12 * 3600, "high"),
    PushKind.ASSIGNMENT: Manner(24 * 3600, "normal"),
    PushKind.UPDATE: Manner(3 * 24 * 3600, "normal"),
}

# Not of requests that were moved in: they are old.
_ALERTS = text(f"""
    INSERT INTO push_messages (kind, subscription_id, request_id)
    SELECT '{PushKind.ALERT}', s.id, r.id
    FROM maintenance_requests r CROSS JOIN push_subscriptions s JOIN users u ON u.id = s.user_id
    WHERE r.id = :subject_id AND r.status IN ({", ".join(f"'{status}'" for status in OPEN)})
        AND (r.danger <> '' OR r.priority = '{Priority.URGENT}')
        AND NOT EXISTS (SELECT FROM timeline_entries e
            WHERE e.request_id = r.id AND e.event = 'request_imported')
        AND u.active AND s.gone_at IS NULL
    ORDER BY s.id
    ON CONFLICT DO NOTHING RETURNING id
""")
_UPDATES = text(f"""
    INSERT INTO push_messages (kind, subscription_id, request_id)
    SELECT '{PushKind.UPDATE}', s.id, r.id
    FROM push_subscriptions s JOIN maintenance_requests r
        ON r.id = s.request_id AND r.link_version = s.link_version
    WHERE s.request_id = :subject_id AND s.gone_at IS NULL
    ORDER BY s.id RETURNING id
""")
_ASSIGNMENTS = text(f"""
    INSERT INTO push_messages (kind, subscription_id, request_id)
    SELECT '{PushKind.ASSIGNMENT}', id, :request_id FROM push_subscriptions
    WHERE user_id = ANY(CAST(:user_ids AS bigint[])) AND gone_at IS NULL
    ORDER BY id RETURNING id
""")


def write_alerts(session: Session, claims: Sequence[Claim]) -> None:
    """A message to each browser of each operator about these requests, if they are still urgent."""
    _write_all(session, claims, lambda claim: _insert(session, _ALERTS, claim.subject_id))


def write_updates(session: Session, claims: Sequence[Claim]) -> None:
    """A message to each browser of these requests' requesters."""
    _write_all(session, claims, lambda claim: _insert(session, _UPDATES, claim.subject_id))


def write_assignments(session: Session, claims: Sequence[Claim]) -> None:
    """A message to each browser of the users that these timeline entries name, where the request is
    still theirs."""
    _write_all(session, claims, lambda claim: _insert_assignments(session, claim.subject_id))


def _write_all(
    session: Session, claims: Sequence[Claim], insert: Callable[[Claim], list[int]]
) -> None:
    for claim in claims:
        ids = insert(claim)
        record_events(session, "push_queued", ids, request_ids=[claim.request_id] * len(ids))


def _insert(session: Session, statement: TextClause, subject_id: int) -> list[int]:
    return list(session.scalars(statement, {"subject_id": subject_id}))


def _insert_assignments(session: Session, entry_id: int) -> list[int]:
    entry = session.get(TimelineEntry, entry_id)
    request = session.get(MaintenanceRequest, entry.request_id) if entry else None
    if entry is None or request is None or key_of(request) != entry.data.get(ASSIGNED):
        return []
    ids = as_array(user.id for user in list_responsible(session, request))
    return list(session.scalars(_ASSIGNMENTS, {"request_id": request.id, "user_ids": ids}))


@dataclass(frozen=True, slots=True)
class WrittenPush:
    """``told_entry`` is the newest timeline entry that it tells of."""

    outgoing: OutgoingPush
    message_id: int
    subscription_id: int
    endpoint_key: str
    told_entry: int


def write_push(session: Session, message_id: int) -> WrittenPush | None:
    """The message as things stand now; None if there is nothing to tell any more, or nobody to
    tell."""
    found = session.execute(
        select(PushMessage, PushSubscription, MaintenanceRequest, User)
        .join(PushSubscription, PushSubscription.id == PushMessage.subscription_id)
        .join(MaintenanceRequest, MaintenanceRequest.id == PushMessage.request_id)
        .outerjoin(User, User.id == PushSubscription.user_id)
        .where(PushMessage.id == message_id)
    ).first()
    if found is None or not is_push_on():
        return None
    message, subscription, request, user = found._tuple()
    left = _seconds_left(message)
    if left <= 0 or not _is_reachable(subscription):
        return None
    news = list_news(session, subscription)
    is_revoked = bool(subscription.request_id) and (
        subscription.link_version != request.link_version
    )
    if is_revoked or not _is_news(session, message, request, user, news):
        return None
    return WrittenPush(
        outgoing=OutgoingPush(
            endpoint=subscription.endpoint,
            p256dh=subscription.p256dh,
            auth=subscription.auth,
            payload=_payload(message, subscription, request, user, news),
            ttl=left,
            urgency=_MANNERS[PushKind(message.kind)].urgency,
            topic=_topic(request.reference),
        ),
        message_id=message.id,
        subscription_id=subscription.id,
        endpoint_key=subscription.endpoint_key,
        told_entry=news[-1].id if news else 0,
    )


def _seconds_left(message: PushMessage) -> int:
    ends = message.created_at + timedelta(seconds=_MANNERS[PushKind(message.kind)].ttl)
    return int((ends - now()).total_seconds())


def _is_reachable(subscription: PushSubscription) -> bool:
    own = get_settings().push_service_origins
    return subscription.gone_at is None and is_push_endpoint(subscription.endpoint, own)


def list_news(session: Session, subscription: PushSubscription) -> list[TimelineEntry]:
    """What operators wrote to the requester or changed in the status since the requester was told
    last, oldest first; a status that is back to what it was is none. Empty for a user's browser."""
    if subscription.request_id is None:
        return []
    entries = session.scalars(
        select(TimelineEntry)
        .where(
            TimelineEntry.request_id == subscription.request_id,
            TimelineEntry.id > subscription.told_entry,
            TimelineEntry.event.in_(("status_changed", REPLY, QUESTION)),
            TimelineEntry.actor != "",  # what a requester did is no news to them
        )
        .order_by(TimelineEntry.id)
    ).all()
    changes = [entry for entry in entries if entry.event == "status_changed"]
    is_back = bool(changes) and changes[0].data.get("was") == changes[-1].data.get("became")
    return [entry for entry in entries if entry.event != "status_changed" or not is_back]


def _is_news(
    session: Session,
    message: PushMessage,
    request: MaintenanceRequest,
    user: User | None,
    news: Sequence[TimelineEntry],
) -> bool:
    if user is None:
        return bool(news) and not has_expired(request.ended_at)
    if not user.active or request.status not in OPEN:
        return False
    if message.kind == PushKind.ALERT:
        return bool(request.danger) or request.priority == Priority.URGENT
    return user.id in {one.id for one in list_responsible(session, request)}


def _payload(
    message: PushMessage,
    subscription: PushSubscription,
    request: MaintenanceRequest,
    user: User | None,
    news: Sequence[TimelineEntry],
) -> bytes:
    """What ``web/static/js/push_worker.js`` reads."""
    language = user.language if user else subscription.language
    if user:
        title, body = write_for_operator(PushKind(message.kind), request, language)
        path = f"/desk/requests/{request.id}"
    else:
        title, body = write_for_requester(request, [entry.event for entry in news], language)
        path = status_path(get_settings(), request.reference, request.link_version)
    words = {"title": title, "body": body, "lang": language}
    return orjson.dumps({**words, "url": path, "tag": request.reference})


def _topic(reference: str) -> str:
    """The same for all messages about a request, and nothing that the push service could read
    (at most 32 characters of base64url, RFC 8030, section 5.4)."""
    secret = get_settings().secret_key.encode()
    digest = hmac.digest(secret, b"push-topic\0" + reference.encode(), "sha256")
    return urlsafe_b64encode(digest[:18]).decode()


def record_sent(session: Session, push: WrittenPush) -> None:
    """The push service has taken the message."""
    session.execute(
        update(PushMessage).where(PushMessage.id == push.message_id).values(sent_at=now())
    )
    session.execute(
        update(PushSubscription)
        .where(PushSubscription.id == push.subscription_id)
        .values(failures=0, told_entry=func.greatest(PushSubscription.told_entry, push.told_entry))
    )


_DELETE_OLD = text("""
    DELETE FROM push_messages WHERE created_at < now() - make_interval(days => :kept_days)
""")
# Whether they arrived is not worth a person's time: they are no news any more.
_SETTLE = text("""
    UPDATE steps SET state = 'done'
    WHERE state IN ('dead', 'unknown') AND task = 'push.send_message'
      AND done_at < now() - interval '1 day'
""")


def delete_old_messages(session: Session) -> None:
    """Those that nobody looks at any more; steps of which it is unknown whether their message was
    sent are left alone a day later."""
    session.execute(_SETTLE)
    session.execute(_DELETE_OLD, {"kept_days": KEPT_DAYS})
