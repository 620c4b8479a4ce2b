"""The figures of a span of days: counted from the requests that a filter leaves, in four statements.

Each number is that of a list with the same filter: the conditions are the list's own.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.base import now
from models.day_span import Days
from models.days import end_of, start_of
from models.queries.listing.filter import Filter
from models.queries.listing.scan import SearchPlan
from models.rating import HIGHEST, LOWEST
from models.views import View, condition_of
from models.words import Category, Priority, Status

MOST = 10  # places, assignees
OLDEST = 5  # requests

_SCALE = dict.fromkeys(range(LOWEST, HIGHEST + 1), 0)

# ``{rows}`` is FROM and WHERE with the filter's conditions.
_RECEIVED = """
    WITH received AS MATERIALIZED (
        SELECT m.id, m.category, m.priority, m.status, m.location, m.assignee,
            (m.created_at AT TIME ZONE :zone)::date::text AS day,
            extract(epoch FROM m.first_answer_at - m.created_at) / 3600 AS answer
        {rows} AND m.created_at >= :start AND m.created_at < :stop
    ), counted AS (
        SELECT CASE GROUPING(category, priority, status, location, assignee, day)
                WHEN 31 THEN 'category' WHEN 47 THEN 'priority' WHEN 55 THEN 'status'
                WHEN 59 THEN 'location' WHEN 61 THEN 'assignee' ELSE 'day' END AS dimension,
            coalesce(category, priority, status, location, assignee, day) AS name, count(*) AS n
        FROM received
        GROUP BY GROUPING SETS ((category), (priority), (status), (location), (assignee), (day))
    ), ranked AS (
        SELECT *, row_number() OVER (PARTITION BY dimension ORDER BY n DESC, name) AS rank
        FROM counted WHERE name <> ''
    ), judged AS (
        SELECT request_id, bool_or(was <> became AND was <> 'pending') AS wrong
        FROM corrections WHERE created_at >= :start GROUP BY 1
    )
    SELECT (SELECT count(*) FROM received) AS received,
        (SELECT jsonb_agg(jsonb_build_array(dimension, name, n) ORDER BY rank) FROM ranked
         WHERE rank <= :most OR dimension NOT IN ('location', 'assignee')) AS counts,
        (SELECT percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY answer)
         FROM received) AS hours, (SELECT avg(answer) FROM received) AS mean,
        (SELECT count(answer) FROM received) AS answered,
        count(*) FILTER (WHERE r.status = 'completed' OR j.request_id IS NOT NULL) AS judged,
        count(*) FILTER (WHERE j.wrong) AS corrected
    FROM received r LEFT JOIN judged j ON j.request_id = r.id
"""
_ENDED = """
    WITH ended AS MATERIALIZED (
        SELECT m.id, (m.ended_at AT TIME ZONE :zone)::date::text AS day, m.status = 'completed' AS completed,
            extract(epoch FROM m.ended_at - m.created_at) / 3600 AS hours
        {rows} AND m.ended_at >= :start AND m.ended_at < :stop
    ), days AS (
        SELECT day, count(*) AS ended, count(*) FILTER (WHERE completed) AS completed
        FROM ended GROUP BY 1
    ), rated AS (
        SELECT g.stars, count(*) AS n FROM ended JOIN ratings g ON g.request_id = ended.id
        WHERE completed GROUP BY 1
    )
    SELECT (SELECT jsonb_agg(jsonb_build_array(day, ended, completed)) FROM days) AS days,
        (SELECT jsonb_agg(jsonb_build_array(stars, n)) FROM rated) AS ratings,
        count(*) FILTER (WHERE completed) AS completed,
        percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY hours) FILTER (WHERE completed)
            AS hours, avg(hours) FILTER (WHERE completed) AS mean
    FROM ended
"""
_BEFORE = """
    SELECT 'received' AS what, (m.created_at AT TIME ZONE :zone)::date AS day, count(*) AS n
    {rows} AND m.created_at >= :start AND m.created_at < :stop GROUP BY 2
    UNION ALL
    SELECT 'completed', (m.ended_at AT TIME ZONE :zone)::date, count(*)
    {rows} AND m.status = 'completed' AND m.ended_at >= :start AND m.ended_at < :stop GROUP BY 2
"""
_OPEN = f"""
    WITH open AS MATERIALIZED (
        SELECT m.id, m.reference, m.created_at {{rows}} AND {condition_of(View.OPEN, "m")}
    ), later AS (
        SELECT count(*) AS n {{rows}} AND m.ended_at >= :start AND m.created_at < :start
    )
    SELECT (SELECT count(*) FROM open) AS open,
        (SELECT count(*) FROM open WHERE created_at < :start) + later.n AS backlog,
        (SELECT jsonb_agg(jsonb_build_array(id, reference, created_at) ORDER BY created_at, id)
         FROM (SELECT * FROM open ORDER BY created_at, id LIMIT :oldest) AS oldest) AS oldest
    FROM later
"""


@dataclass(frozen=True, slots=True)
class Spread:
    """Hours in ``count`` requests; None where there are none."""

    count: int
    mean: float | None
    median: float | None
    ninetieth: float | None


@dataclass(frozen=True, slots=True)
class OldRequest:
    id: int
    reference: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """``received_before`` and ``completed_before`` are those of the same day of the span before;
    ``backlog`` is what was open at the day's end."""

    day: date
    received: int
    completed: int
    received_before: int
    completed_before: int
    backlog: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What was received is counted by its words as they are now; places and assignees are the
    ``MOST`` that occur most often, those without one left out. Of ``judged`` requests (completed, or
    confirmed or corrected by an operator) ``corrected`` had another category or priority by triage.
    ``by_rating`` counts by stars what was completed in these days and is rated.
    """

    received: int
    completed: int
    open: int
    by_category: dict[str, int]
    by_priority: dict[str, int]
    by_status: dict[str, int]
    by_location: dict[str, int]
    by_assignee: dict[str, int]
    days: list[Day]
    hours_to_first_answer: Spread
    hours_to_complete: Spread
    judged: int
    corrected: int
    by_rating: dict[int, int]
    oldest: list[OldRequest]
    computed_at: datetime

    @property
    def rated(self) -> int:
        return sum(self.by_rating.values())

    @property
    def mean_rating(self) -> float | None:
        """From 1 to 5; None without a rating."""
        stars = sum(stars * n for stars, n in self.by_rating.items())
        return round(stars / self.rated, 2) if self.rated else None

    @property
    def received_before(self) -> int:
        return sum(day.received_before for day in self.days)

    @property
    def completed_before(self) -> int:
        return sum(day.completed_before for day in self.days)

    @property
    def by_day(self) -> dict[str, int]:
        return {day.day.isoformat(): day.received for day in self.days if day.received}


def read_figures(session: Session, wanted: Filter, days: Days, timezone: ZoneInfo) -> Figures:
    """The figures of what ``wanted`` leaves, but for its times, in ``days``."""
    return _Reader(session, wanted, timezone).read(days)


class _Reader:
    """The four statements for one filter."""

    def __init__(self, session: Session, wanted: Filter, timezone: ZoneInfo) -> None:
        plan = SearchPlan(replace(wanted, created_from=None, created_to=None, ranked=False))
        tables, conditions, self._parameters = plan.every_row()
        self._rows = f"FROM {tables} WHERE {' AND '.join(conditions or ['true'])}"
        self._session, self._timezone = session, timezone

    def read(self, days: Days) -> Figures:
        received = self._one(_RECEIVED, days, most=MOST)
        ended = self._one(_ENDED, days)
        standing = self._one(_OPEN, days, oldest=OLDEST)
        counts = _counts(received.counts or [])
        return Figures(
            received=received.received,
            completed=ended.completed,
            open=standing.open,
            by_category=_in_order(Category, counts["category"]),
            by_priority=_in_order(Priority, counts["priority"]),
            by_status=_in_order(Status, counts["status"]),
            by_location=counts["location"],
            by_assignee=counts["assignee"],
            days=self._days(days, counts["day"], ended.days or [], standing.backlog),
            hours_to_first_answer=_spread(received.answered, received),
            hours_to_complete=_spread(ended.completed, ended),
            judged=received.judged,
            corrected=received.corrected,
            by_rating=_SCALE | dict(ended.ratings or ()),
            oldest=[
                OldRequest(row_id, reference, datetime.fromisoformat(at))
                for row_id, reference, at in standing.oldest or []
            ],
            computed_at=now(),
        )

    def _days(
        self, days: Days, received: dict[str, int], ended: list[Any], backlog: int
    ) -> list[Day]:
        before = {(row.what, row.day): row.n for row in self._all(_BEFORE, days.before)}
        ends = {day: (n, completed) for day, n, completed in ended}
        shown = []
        for day in days:
            came, (went, completed) = (
                received.get(day.isoformat(), 0),
                ends.get(day.isoformat(), (0, 0)),
            )
            backlog += came - went
            back = day - timedelta(days=len(days))
            shown.append(
                Day(
                    day,
                    came,
                    completed,
                    before.get(("received", back), 0),
                    before.get(("completed", back), 0),
                    backlog,
                )
            )
        return shown

    def _one(self, statement: str, days: Days, **values: int) -> Any:
        return self._all(statement, days, **values)[0]

    def _all(self, statement: str, days: Days, **values: int) -> Any:
        span = {
            "start": start_of(days.first, self._timezone),
            "stop": end_of(days.last, self._timezone),
            "zone": self._timezone.key,
        }
        prepared = text(statement.format(rows=self._rows))
        names = prepared.compile().params
        given = {**self._parameters, **span, **values}
        return self._session.execute(prepared, {name: given[name] for name in names}).all()


def _counts(rows: list[Any]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {
        name: {} for name in ("category", "priority", "status", "location", "assignee", "day")
    }
    for dimension, name, n in rows:
        found[dimension][name] = n
    return found


def _in_order(words: Any, counts: dict[str, int]) -> dict[str, int]:
    return {word.value: counts.get(word.value, 0) for word in words}


def _spread(count: int, row: Any) -> Spread:
    if not count:
        return Spread(0, None, None, None)
    median, ninetieth = row.hours
    return Spread(count, *(round(float(value), 2) for value in (row.mean, median, ninetieth)))
