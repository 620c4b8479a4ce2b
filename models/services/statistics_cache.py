"""The numbers out of the cache, never older than the last finished chain.

Each fold of the counters leaves a stamp in the database, in the transaction that ends its step.
What is kept carries the stamp it was read under and counts only while that is still the newest:
a cache that missed a chain, was away meanwhile or was wiped cannot show old numbers.
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
# Under load many find nothing at once: one reads (a few milliseconds), the others wait this long.
WAIT_SECONDS = 0.25
_PAUSE_SECONDS = 0.01

_KEY = "statistics"


def read_cached_statistics(session: Session, cache: Cache) -> Statistics:
    """The numbers as of the last finished chain, or newer; at most ``SECONDS`` old."""
    stamp = _read_stamp(session)
    if stamp is None:
        return read_statistics(session)  # never folded: nothing says when a kept answer is old
    kept = _find(cache, stamp)
    if kept is None and not cache.claim(f"{_KEY}:{stamp}", seconds=WAIT_SECONDS):
        kept = _wait(cache, stamp)
    return kept or _keep(session, cache, stamp)


def cache_statistics(session: Session, cache: Cache) -> None:
    """Read the numbers now and keep them: for the end of a chain, before anybody asks."""
    stamp = _read_stamp(session)
    if stamp is not None:
        _keep(session, cache, stamp)


def _read_stamp(session: Session) -> str | None:
    """Read before the numbers: a fold in between makes them newer than they claim, never older."""
    folded_at = session.scalar(select(StatisticState.folded_at))
    return None if folded_at is None else folded_at.isoformat()


def _keep(session: Session, cache: Cache, stamp: str) -> Statistics:
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
        if kept := _find(cache, stamp):
            return kept
    return None


def _find(cache: Cache, stamp: str) -> Statistics | None:
    value = cache.get(_KEY)
    if value is None:
        return None
    try:
        body = orjson.loads(value)
        return _read(body) if body["stamp"] == stamp else None
    except (ValueError, KeyError, TypeError):
        return None  # whatever lies there is not ours; the next answer replaces it


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
