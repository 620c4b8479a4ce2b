"""Who wants messages in a browser: operators, and requesters for the one request of their link."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.base import now
from models.push_endpoint import endpoint_key
from models.push_subscription import PushSubscription
from models.timeline_entry import TimelineEntry

# Browsers of one user, and of one request's link. One more takes the place of the oldest.
MAX_OF_USER, MAX_OF_REQUEST = 10, 5
# After so many refusals in a row a subscription ends: it was made for other keys of ours.
MAX_FAILURES = 10
KEPT_DAYS = 30  # of one that has ended


@dataclass(frozen=True, slots=True)
class Browser:
    """What a browser says of itself; everything has been checked. ``user_agent`` is a few words."""

    endpoint: str
    p256dh: str
    auth: str
    language: str
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """A user, or a request's requester, with the version of their link."""

    user_id: int | None = None
    request_id: int | None = None
    link_version: int = 0

    def is_of(self) -> ColumnElement[bool]:
        """That a subscription is theirs."""
        if self.user_id is not None:
            return PushSubscription.user_id == self.user_id
        return PushSubscription.request_id == self.request_id

    @property
    def most(self) -> int:
        return MAX_OF_REQUEST if self.user_id is None else MAX_OF_USER


def subscribe(session: Session, browser: Browser, owner: Owner) -> str:
    """From now on this browser is told; harmless if it is already. Returns the endpoint's key."""
    key = endpoint_key(browser.endpoint)
    known = select(func.coalesce(func.max(TimelineEntry.id), 0)).where(
        TimelineEntry.request_id == owner.request_id
    )
    values = {
        **asdict(browser),
        "link_version": owner.link_version,
        "told_entry": known.scalar_subquery(),
        "created_at": now(),
        "failures": 0,
        "gone_at": None,
    }
    column = "user_id" if owner.request_id is None else "request_id"
    session.execute(
        insert(PushSubscription)
        .values(**{**asdict(owner), "endpoint_key": key, **values})
        .on_conflict_do_update(index_elements=[column, "endpoint_key"], set_=values)
    )
    if owner.user_id is not None:  # a browser is one user's, the last who wanted it
        others = PushSubscription.user_id != owner.user_id
        session.execute(
            delete(PushSubscription).where(others, PushSubscription.endpoint_key == key)
        )
    newest = (
        select(PushSubscription.id)
        .where(owner.is_of())
        .order_by(PushSubscription.created_at.desc(), PushSubscription.id.desc())
        .limit(owner.most)
    )
    session.execute(
        delete(PushSubscription).where(owner.is_of(), PushSubscription.id.not_in(newest))
    )
    return key


def unsubscribe(session: Session, key: str, owner: Owner) -> None:
    """This browser is told no more; harmless if it is not told."""
    session.execute(
        delete(PushSubscription).where(owner.is_of(), PushSubscription.endpoint_key == key)
    )


def end_link(session: Session, request_id: int) -> None:
    """Whoever had the link of this request is told no more."""
    session.execute(delete(PushSubscription).where(PushSubscription.request_id == request_id))


def list_subscriptions(session: Session, owner: Owner) -> Sequence[PushSubscription]:
    """The browsers that are told, the newest first."""
    found = (
        select(PushSubscription)
        .where(owner.is_of(), PushSubscription.gone_at.is_(None))
        .order_by(PushSubscription.created_at.desc(), PushSubscription.id.desc())
    )
    return session.scalars(found).all()


def has_subscriptions(session: Session, owner: Owner) -> bool:
    """Whether any browser is told."""
    found = select(PushSubscription.id).where(owner.is_of(), PushSubscription.gone_at.is_(None))
    return session.scalar(found.limit(1)) is not None


def end_endpoint(session: Session, key: str) -> None:
    """The push service knows this endpoint no more: it has ended for all who used it."""
    session.execute(
        update(PushSubscription)
        .where(PushSubscription.endpoint_key == key, PushSubscription.gone_at.is_(None))
        .values(gone_at=now())
    )


def record_refusal(session: Session, subscription_id: int) -> None:
    """The push service has refused a message; too many in a row end the subscription."""
    subscription = session.get(PushSubscription, subscription_id, with_for_update=True)
    if subscription is None:
        return
    subscription.failures += 1
    if subscription.failures >= MAX_FAILURES and subscription.gone_at is None:
        subscription.gone_at = now()


_DELETE_OLD = text("""
    DELETE FROM push_subscriptions
    WHERE gone_at < now() - make_interval(days => :kept_days)
       OR request_id IN (
           SELECT id FROM maintenance_requests
           WHERE ended_at IS NOT NULL AND ended_at < now() - make_interval(days => :link_days))
""")


def delete_old_subscriptions(session: Session) -> None:
    """Those that ended long ago, and those of links that have expired."""
    days = {"kept_days": KEPT_DAYS, "link_days": get_settings().link_days}
    session.execute(_DELETE_OLD, days)
