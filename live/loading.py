"""What messages say: read from the database, in a thread, all that is wanted in one go."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson
import structlog
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from config.monitoring import report_error
from config.settings import get_settings
from live.listener import Listener
from models import wiring
from models.database import autocommit_connection, get_engine, is_outage
from models.maintenance_request import MaintenanceRequest
from models.queries.display_names import list_display_names
from models.queries.requests import list_by_ids
from models.serializers import moment, serialize_detail
from models.services.link_ends import has_expired
from models.services.links import sign_reference
from models.services.logins import list_open_logins
from models.services.statistics_cache import read_cached_statistics

log = structlog.get_logger()

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """``private`` and ``shared`` are requests as operators and as their requesters see them."""

    private: frozenset[int] = frozenset()
    shared: frozenset[int] = frozenset()
    statistics: bool = False
    logins: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was wanted, as JSON, as far as it is there; which of the logins have ended; and which
    version the links of the shared requests have now."""

    wanted: Wanted
    private: dict[int, orjson.Fragment] = field(default_factory=dict)
    shared: dict[int, orjson.Fragment] = field(default_factory=dict)
    statistics: orjson.Fragment | None = None
    ended: frozenset[int] = frozenset()
    link_versions: dict[int, int] = field(default_factory=dict)

    def has_ended(self, listener: Listener) -> bool:
        """Whether the listener's login or link has ended, as far as it was looked at."""
        if listener.login is not None:
            return listener.login.session_id in self.ended
        version = self.link_versions.get(listener.request_id or 0, listener.link_version)
        return version != listener.link_version


def load(wanted: Wanted) -> Loaded:
    """Each statement sees what is committed when it starts; the logins are looked at last."""
    with autocommit_connection(get_engine()) as connection, Session(connection) as session:
        found = list_by_ids(session, wanted.private | wanted.shared)
        return Loaded(
            wanted,
            private={row.id: _private(row) for row in found if row.id in wanted.private},
            shared={
                row.id: _shared(row)
                for row in found
                if row.id in wanted.shared and not has_expired(row.ended_at)
            },
            statistics=_statistics(session) if wanted.statistics else None,
            ended=_ended(connection, wanted.logins),
            link_versions={row.id: row.link_version for row in found if row.id in wanted.shared},
        )


def _private(request: MaintenanceRequest) -> orjson.Fragment:
    return _json(serialize_detail(request, private=True))


def _shared(request: MaintenanceRequest) -> orjson.Fragment:
    """With the link's token in the photos' addresses, as the link's own call shows them."""
    token = sign_reference(get_settings(), request.reference, request.link_version)
    return _json(serialize_detail(request, private=False, token=token))


def _statistics(session: Session) -> orjson.Fragment:
    statistics = read_cached_statistics(session, wiring.cache())
    return _json({**statistics.as_dict(), "computed_at": moment(statistics.computed_at)})


def _ended(connection: Connection, logins: frozenset[int]) -> frozenset[int]:
    return logins - list_open_logins(connection, logins)


def _json(data: dict[str, Any]) -> orjson.Fragment:
    return orjson.Fragment(orjson.dumps(data))


class DatabaseAway(Exception):
    """It passes."""


async def load_in_thread(wanted: Wanted) -> Loaded | None:
    """None after a mistake of ours, which is logged.

    Raises:
        DatabaseAway
    """
    return Loaded(wanted) if wanted == Wanted() else await _in_thread(lambda: load(wanted))


@dataclass(frozen=True, slots=True)
class People:
    """What users are called, as far as they may come in; and which of the logins have ended."""

    names: dict[int, str] = field(default_factory=dict)
    ended: frozenset[int] = frozenset()


async def load_people(user_ids: frozenset[int], logins: frozenset[int]) -> People:
    """Nobody after a mistake of ours, which is logged.

    Raises:
        DatabaseAway
    """

    def load_names() -> People:
        with autocommit_connection(get_engine()) as connection:
            names = list_display_names(connection, user_ids)
            return People(names, _ended(connection, logins))

    return await _in_thread(load_names) or People()


async def _in_thread(work: Callable[[], T]) -> T | None:
    """None after a mistake of ours, which is logged. Raises DatabaseAway."""
    try:
        return await asyncio.to_thread(work)
    except Exception as error:
        if is_outage(error):
            log.warning("database_away", error=type(error).__name__)
            raise DatabaseAway from None
        log.error("message_not_loaded", error=type(error).__name__, exc_info=error)
        report_error(error)
        return None
