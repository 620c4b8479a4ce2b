"""The figures of a span of days, against plain SQL over requests of many forms."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.day_span import Days, PeriodName
from models.maintenance_request import MaintenanceRequest
from models.queries.figures import read_figures
from models.queries.listing.filter import Filter
from models.words import Status
from tests.factories import RequestFactory
from tests.many_requests import make_many

SEOUL = ZoneInfo("Asia/Seoul")
DAYS = Days(date(2026, 3, 4), date(2026, 3, 10))
# Filter, and the same in SQL that knows nothing of the list's.
FILTERS = [
    ({}, "true"),
    ({"category": ("hvac", "pest")}, "category IN ('hvac', 'pest')"),
    ({"status": ("completed",)}, "status = 'completed'"),
    (
        {"priority": ("urgent",), "status": ("pending",)},
        "priority = 'urgent' AND status = 'pending'",
    ),
    ({"location": "본관 1층"}, "location LIKE '%본관 1층%'"),
    (
        {"location": "tower b", "category": ("hvac",)},
        "location ILIKE '%tower b%' AND category = 'hvac'",
    ),
    ({"assignee": ("Park & Co",)}, "assignee = 'Park & Co'"),
]
CREATED = "(created_at AT TIME ZONE 'Asia/Seoul')::date"
ENDED = "(ended_at AT TIME ZONE 'Asia/Seoul')::date"
IN, BEFORE = "BETWEEN '2026-03-04' AND '2026-03-10'", "BETWEEN '2026-02-25' AND '2026-03-03'"
ENDS = "status IN ('completed', 'cancelled')"


@pytest.mark.parametrize(("given", "where"), FILTERS)
def test_the_figures_equal_sql(session: Session, given: dict[str, Any], where: str) -> None:
    make_many(session, 150)
    figures = read_figures(session, Filter(**given), DAYS, SEOUL)
    rows = f"FROM maintenance_requests WHERE {where}"

    def one(select: str, also: str = "true") -> Any:
        return session.execute(text(f"SELECT {select} {rows} AND {also}")).scalar()

    def groups(name: str, also: str) -> dict[str, int]:
        grouped = session.execute(text(f"SELECT {name}, count(*) {rows} AND {also} GROUP BY 1"))
        return {str(key): n for key, n in grouped if key != ""}

    received, completed = f"{CREATED} {IN}", f"status = 'completed' AND {ENDED} {IN}"
    assert figures.received == one("count(*)", received)
    assert figures.received_before == one("count(*)", f"{CREATED} {BEFORE}")
    assert figures.completed == one("count(*)", completed)
    assert figures.completed_before == one("count(*)", f"status = 'completed' AND {ENDED} {BEFORE}")
    assert figures.open == one("count(*)", f"NOT {ENDS}")
    for name, counts in (
        ("category", figures.by_category),
        ("priority", figures.by_priority),
        ("status", figures.by_status),
        ("location", figures.by_location),
        ("assignee", figures.by_assignee),
        (CREATED, figures.by_day),
    ):
        assert {word: n for word, n in counts.items() if n} == groups(name, received), name
    done = groups(ENDED, completed)
    assert {str(d.day): d.completed for d in figures.days if d.completed} == done
    for day in figures.days:
        ended = f"({ENDED} <= '{day.day}' AND {ENDS})"
        assert day.backlog == one("count(*)", f"{CREATED} <= '{day.day}' AND NOT {ended}")
    hours = "extract(epoch FROM completed_at - created_at) / 3600"
    for at, value in (
        (0.5, figures.hours_to_complete.median),
        (0.9, figures.hours_to_complete.ninetieth),
    ):
        expected = one(f"percentile_cont({at}) WITHIN GROUP (ORDER BY {hours})", completed)
        assert value == (None if expected is None else pytest.approx(float(expected), abs=0.006))
    answer = """(SELECT extract(epoch FROM min(e.created_at) - r.created_at) / 3600
        FROM timeline_entries e WHERE e.id = (
            SELECT min(id) FROM timeline_entries f WHERE f.request_id = r.id AND actor <> ''
            AND event IN ('status_changed', 'reply_added')))"""
    median = session.execute(
        text(f"""SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY {answer})
            FROM maintenance_requests r WHERE {where} AND {received}""")
    ).scalar()
    found = figures.hours_to_first_answer.median
    assert found == (None if median is None else pytest.approx(float(median), abs=0.006))
    corrected = "EXISTS (SELECT FROM corrections c WHERE request_id = maintenance_requests.id{})"
    assert figures.corrected == one(
        "count(*)", received + " AND " + corrected.format(" AND was <> became AND was <> 'pending'")
    )
    assert figures.judged == one(
        "count(*)", f"{received} AND (status = 'completed' OR {corrected.format('')})"
    )
    stars = "(SELECT stars FROM ratings g WHERE g.request_id = maintenance_requests.id)"
    rated = groups(stars, f"{completed} AND {stars} IS NOT NULL")
    assert {str(n): count for n, count in figures.by_rating.items() if count} == rated
    mean = one(f"round(avg({stars}), 2)", completed)
    assert figures.mean_rating == (None if mean is None else pytest.approx(float(mean), abs=0.006))
    oldest = session.execute(
        text(f"SELECT id {rows} AND NOT {ENDS} ORDER BY created_at, id LIMIT 5")
    ).scalars()
    assert [request.id for request in figures.oldest] == list(oldest)


def test_an_empty_house_has_figures_too(session: Session) -> None:
    figures = read_figures(session, Filter(), DAYS, SEOUL)
    assert (figures.received, figures.open, figures.judged) == (0, 0, 0)
    assert [day.backlog for day in figures.days] == [0] * 7
    assert figures.hours_to_complete.median is None and figures.oldest == []
    assert (figures.rated, figures.mean_rating) == (0, None)


def test_an_end_is_noted_and_taken_back(session: Session) -> None:
    request = RequestFactory()
    session.commit()

    def ended_after(status: Status) -> bool:
        request.status = status
        session.commit()
        session.refresh(request)
        return request.ended_at is not None

    assert [ended_after(one) for one in (Status.CANCELLED, Status.PENDING, Status.COMPLETED)] == [
        True,
        False,
        True,
    ]
    assert session.get(MaintenanceRequest, request.id)


def test_periods_end_today() -> None:
    today = date(2026, 3, 10)
    spans = {name: Days.of(name, today) for name in PeriodName}
    assert {name: (str(days.first), len(days)) for name, days in spans.items()} == {
        "today": ("2026-03-10", 1),
        "7": ("2026-03-04", 7),
        "30": ("2026-02-09", 30),
        "90": ("2025-12-11", 90),
        "month": ("2026-03-01", 10),
    }
    assert all(days.last == today for days in spans.values())
    assert spans[PeriodName.WEEK].before == Days(date(2026, 2, 25), date(2026, 3, 3))
