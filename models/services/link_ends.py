"""The end of a requester's link: so many days after the end of its request, or when an operator has
given the request another one."""

from datetime import datetime, timedelta
from typing import Protocol

from config.settings import get_settings
from models.base import now
from models.errors import LinkExpired, LinkRevoked
from models.services.links import Link


class Linked(Protocol):
    """What is asked of a request before its link opens; ``ended_at`` (UTC) is None of an open one."""

    @property
    def link_version(self) -> int: ...

    @property
    def ended_at(self) -> datetime | None: ...


def check_link(link: Link, request: Linked) -> None:
    """Let pass a link of this request that it still has; of an open request it has no end.

    Raises:
        LinkRevoked, LinkExpired
    """
    if link.version != request.link_version:
        raise LinkRevoked
    if has_expired(request.ended_at):
        raise LinkExpired


def has_expired(ended_at: datetime | None) -> bool:
    """The clock is the host's: a few seconds decide nothing here."""
    return ended_at is not None and ended_at + timedelta(days=get_settings().link_days) <= now()
