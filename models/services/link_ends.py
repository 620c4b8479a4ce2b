"""The end of a requester's link: so many days after the end of its request."""

from datetime import datetime, timedelta

from config.settings import get_settings
from models.base import now
from models.errors import LinkExpired


def check_link(ended_at: datetime | None) -> None:
    """Let pass a link whose request ended then (UTC), or is open: then it has no end.

    Raises:
        LinkExpired
    """
    if has_expired(ended_at):
        raise LinkExpired


def has_expired(ended_at: datetime | None) -> bool:
    """The clock is the host's: a few seconds decide nothing here."""
    return ended_at is not None and ended_at + timedelta(days=get_settings().link_days) <= now()
