"""What a page needs to offer messages to this browser."""

from typing import NamedTuple

from config.settings import get_settings
from models.push_subscription import PushSubscription
from models.services.push_runs import is_push_on
from models.services.push_subscriptions import Owner, list_subscriptions
from models.vapid import public_key
from web.http.database import db


class PushOffer(NamedTuple):
    """``key`` is the service's; ``known`` are the browsers that are told already."""

    key: str
    known: list[PushSubscription]


def push_offer(owner: Owner) -> PushOffer | None:
    """None where no messages are sent."""
    if not is_push_on():
        return None
    known = list_subscriptions(db.session(), owner)
    return PushOffer(public_key(get_settings().vapid_private_key), list(known))
