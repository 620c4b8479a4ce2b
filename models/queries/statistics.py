"""Reading the statistics: counters plus the deltas not folded into them yet, so always exact."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, column, text
from sqlalchemy.orm import Session

from models.base import Database, now
from models.words import Category, Priority, Status

_READ = text("""
    WITH parts AS (
        SELECT dimension, name, n, seconds FROM statistic_counts
        UNION ALL
        SELECT v.dimension, v.name, d.n, CASE WHEN v.dimension = 'status' THEN d.seconds ELSE 0 END
        FROM statistic_deltas d CROSS JOIN LATERAL (VALUES
            ('category', d.category), ('priority', d.priority),
            ('status', d.status), ('day', d.day::text)) AS v (dimension, name)
    )
    SELECT dimension, name, sum(n)::bigint AS n, sum(seconds)::float AS seconds
    FROM parts GROUP BY dimension, name HAVING sum(n) <> 0
""")

_STORED_COUNT = """
    SELECT coalesce(sum(n), 0)::bigint FROM (
        SELECT n FROM statistic_counts
        WHERE dimension = :dimension AND (CAST(:name AS text) IS NULL OR name = :name)
        UNION ALL
        SELECT n FROM statistic_deltas WHERE CAST(:name AS text) IS NULL OR :name =
            CASE :dimension WHEN 'category' THEN category WHEN 'priority' THEN priority
                            ELSE status END) AS parts
"""
_COUNT = text(_STORED_COUNT)
# The same as a column of another statement, which has to pass ``dimension`` and ``name``.
COUNTER = text(_STORED_COUNT).columns(column("n", BigInteger)).scalar_subquery().label("total")


@dataclass(frozen=True, slots=True)
class Statistics:
    """``by_day`` has ISO dates in the building's time zone; ``hours_to_complete`` is the mean."""

    total: int
    by_category: dict[str, int]
    by_priority: dict[str, int]
    by_status: dict[str, int]
    by_day: dict[str, int]
    hours_to_complete: float | None
    computed_at: datetime

    def as_dict(self) -> dict[str, Any]:
        return {
            "total": self.total,
            "by_category": self.by_category,
            "by_priority": self.by_priority,
            "by_status": self.by_status,
            "by_day": self.by_day,
            "hours_to_complete": self.hours_to_complete,
        }

    def fingerprint(self) -> str:
        """A hash of the numbers alone, whenever they were computed."""
        return hashlib.sha256(repr(self.as_dict()).encode()).hexdigest()[:32]


def read_statistics(session: Session) -> Statistics:
    """All numbers as of now."""
    counts: dict[str, dict[str, int]] = {
        "category": {word.value: 0 for word in Category},
        "priority": {word.value: 0 for word in Priority},
        "status": {word.value: 0 for word in Status},
        "day": {},
    }
    seconds = 0.0
    for row in session.execute(_READ):
        counts[row.dimension][row.name] = row.n
        if (row.dimension, row.name) == ("status", Status.COMPLETED):
            seconds = row.seconds
    completed = counts["status"][Status.COMPLETED]
    return Statistics(
        total=sum(counts["status"].values()),
        by_category=counts["category"],
        by_priority=counts["priority"],
        by_status=counts["status"],
        by_day=dict(sorted(counts["day"].items())),
        hours_to_complete=round(seconds / completed / 3600, 2) if completed else None,
        computed_at=now(),
    )


def count_requests(
    database: Database, *, dimension: str = "status", name: str | None = None
) -> int:
    """How many requests there are (with ``name`` in ``dimension``), read from the counters."""
    found = database.execute(_COUNT, {"dimension": dimension, "name": name})
    return int(found.scalar_one())
