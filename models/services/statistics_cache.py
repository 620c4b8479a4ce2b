"""The cached statistics, never older than the last fold of the counters.

Each fold writes its time (the stamp) to the database, in the transaction that ends its step. The
cached statistics contain the stamp that was current when they were read, and they are used only
while it is still the newest. So a cache that missed a fold, could not be reached meanwhile or was
emptied cannot show old numbers.
"""

import hashlib
import time
from collections.abc import Callable
from typing import TypeVar
from zoneinfo import ZoneInfo

import orjson
from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.day_span import Days
from models.ports import Cache
from models.queries.figures import Figures, read_figures
from models.queries.listing.filter import Filter
from models.queries.statistics import Statistics, read_statistics
from models.statistic import StatisticState

SECONDS = 300
# Under load many callers miss at once: one reads (a few milliseconds), the others wait this long.
WAIT_SECONDS = 0.25
FIGURES_WAIT_SECONDS = 3.0
_PAUSE_SECONDS = 0.01

_KEY = "statistics"
_STATISTICS, _FIGURES = TypeAdapter(Statistics), TypeAdapter(Figures)

T = TypeVar("T")


def read_cached_statistics(session: Session, cache: Cache) -> Statistics:
    """The numbers as of the last fold, or newer; at most ``SECONDS`` old."""
    return _read(session, cache, _KEY, _STATISTICS, lambda: read_statistics(session))


def read_cached_figures(
    session: Session, cache: Cache, wanted: Filter, days: Days, timezone: ZoneInfo
) -> Figures:
    """The same for the figures of a span of days: they cost much more at a million requests."""
    asked = hashlib.sha256(repr((wanted, days, timezone.key)).encode()).hexdigest()
    return _read(
        session,
        cache,
        f"figures:{asked}",
        _FIGURES,
        lambda: read_figures(session, wanted, days, timezone),
        wait=FIGURES_WAIT_SECONDS,
    )


def cache_statistics(session: Session, cache: Cache) -> None:
    """Read the numbers and cache them: for the end of a fold, before pages ask for them."""
    stamp = _read_stamp(session)
    if stamp is not None:
        _store(cache, _KEY, stamp, _STATISTICS, read_statistics(session))


def _read(
    session: Session,
    cache: Cache,
    key: str,
    kind: TypeAdapter[T],
    read: Callable[[], T],
    *,
    wait: float = WAIT_SECONDS,
) -> T:
    """What the cache has under ``key``, if it is no older than the last fold; else what ``read``
    returns, which is cached. ``wait`` is how long others wait for the one that reads (seconds)."""
    stamp = _read_stamp(session)
    if stamp is None:
        return read()  # never folded: no stamp would show that numbers are old
    cached = _find(cache, key, stamp, kind)
    if cached is None and not cache.claim(f"{key}:{stamp}", seconds=wait):
        cached = _wait(cache, key, stamp, kind, wait)
    return cached or _store(cache, key, stamp, kind, read())


def _read_stamp(session: Session) -> str | None:
    """To be read before the numbers: a fold in between makes the numbers newer than the stamp, never
    older."""
    folded_at = session.scalar(select(StatisticState.folded_at))
    return None if folded_at is None else folded_at.isoformat()


def _store(cache: Cache, key: str, stamp: str, kind: TypeAdapter[T], value: T) -> T:
    body = orjson.dumps({"stamp": stamp, "value": kind.dump_python(value, mode="json")})
    cache.put(key, body, seconds=SECONDS)
    return value


def _wait(cache: Cache, key: str, stamp: str, kind: TypeAdapter[T], seconds: float) -> T | None:
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        time.sleep(_PAUSE_SECONDS)
        if cached := _find(cache, key, stamp, kind):
            return cached
    return None


def _find(cache: Cache, key: str, stamp: str, kind: TypeAdapter[T]) -> T | None:
    value = cache.get(key)
    if value is None:
        return None
    try:
        body = orjson.loads(value)
        return kind.validate_python(body["value"]) if body["stamp"] == stamp else None
    except (ValueError, KeyError, TypeError):
        return None  # another program's value, or an older version's; the next answer replaces it
