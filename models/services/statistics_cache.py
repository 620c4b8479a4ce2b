"""The cached statistics, never older than the last fold of the counters.

Each fold writes its time (the stamp) to the database, in the transaction that ends its step. The
cached statistics contain the stamp that was current when they were read, and they are used only
while it is still the newest. So a cache that missed a fold, could not be reached meanwhile or was
emptied cannot show old numbers.
"""

import time
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.ports import Cache
from models.queries.statistics import Statistics, read_statistics
from models.statistic import StatisticState

SECONDS = 300
# Under load many callers miss at once: one reads (a few milliseconds), the others wait this long.
WAIT_SECONDS = 0.25
_PAUSE_SECONDS = 0.01

_KEY = "statistics"


def read_cached_statistics(session: Session, cache: Cache) -> Statistics:
    """The numbers as of the last fold, or newer; at most ``SECONDS`` old."""
    stamp = _read_stamp(session)
    if stamp is None:
        return read_statistics(session)  # never folded: no stamp would show that numbers are old
    cached = _find(cache, stamp)
    if cached is None and not cache.claim(f"{_KEY}:{stamp}", seconds=WAIT_SECONDS):
        cached = _wait(cache, stamp)
    return cached or _store(session, cache, stamp)


def cache_statistics(session: Session, cache: Cache) -> None:
    """Read the numbers and cache them: for the end of a fold, before pages ask for them."""
    stamp = _read_stamp(session)
    if stamp is not None:
        _store(session, cache, stamp)


def _read_stamp(session: Session) -> str | None:
    """To be read before the numbers: a fold in between makes the numbers newer than the stamp, never
    older."""
    folded_at = session.scalar(select(StatisticState.folded_at))
    return None if folded_at is None else folded_at.isoformat()


def _store(session: Session, cache: Cache, stamp: str) -> Statistics:
    statistics = read_statistics(session)
    body = {
        **statistics.as_dict(),
        "computed_at": statistics.computed_at.isoformat(),
        "stamp": stamp,
    }
    cache.put(_KEY, orjson.dumps(body), seconds=SECONDS)
    return statistics


def _wait(cache: Cache, stamp: str) -> Statistics | None:
    give_up = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < give_up:
        time.sleep(_PAUSE_SECONDS)
        if cached := _find(cache, stamp):
            return cached
    return None


def _find(cache: Cache, stamp: str) -> Statistics | None:
    value = cache.get(_KEY)
    if value is None:
        return None
    try:
        body = orjson.loads(value)
        return _read(body) if body["stamp"] == stamp else None
    except (ValueError, KeyError, TypeError):
        return None  # another program's value, or an older version's; the next answer replaces it


def _read(body: dict[str, Any]) -> Statistics:
    hours = body["hours_to_complete"]
    return Statistics(
        total=int(body["total"]),
        by_category=_counts(body["by_category"]),
        by_priority=_counts(body["by_priority"]),
        by_status=_counts(body["by_status"]),
        by_day=_counts(body["by_day"]),
        hours_to_complete=None if hours is None else float(hours),
        computed_at=datetime.fromisoformat(body["computed_at"]),
    )


def _counts(counts: dict[str, int]) -> dict[str, int]:
    return {str(name): int(n) for name, n in dict(counts).items()}
