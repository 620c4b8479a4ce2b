"""The views of the list: the same rows and numbers as the database has, on the page and in the API."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import chain, cycle, product

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.queries.requests import COUNTED_TO
from models.user import User
from models.views import View
from models.words import Status
from tests.factories import RequestFactory, UserFactory
from tests.web.pages.document import Document, read
from tests.web.problems import check_problem

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_OPEN = "status NOT IN ('completed', 'cancelled')"
# In other words than the product's.
_LATE = (
    "(status IN ('pending', 'in_progress') AND created_at + make_interval(hours =>"
    " CASE priority WHEN 'urgent' THEN 4 WHEN 'low' THEN 168 ELSE 24 END) <= now())"
)
_MEMBERS = {
    View.NEEDS_PERSON: f"{_OPEN} AND (status = 'pending' OR unsure OR answered OR length(danger) > 0"
    f" OR priority = 'urgent' OR {_LATE})",
    View.MINE: f"{_OPEN} AND assignee IN ('이운영', 'lee')",
    View.UNASSIGNED: f"{_OPEN} AND length(assignee) = 0",
    View.WAITING: "status = 'on_hold'",
    View.OVERDUE: _LATE,
    View.OPEN: _OPEN,
    View.ALL: "true",
}


@pytest.fixture
def desk(enter: Callable[[User | None], FlaskClient], session: Session) -> FlaskClient:
    """One request of each kind, seen by who is called 이운영 and lee."""
    user = UserFactory(name="이운영", username="lee")
    assignees, places = cycle(("", "이운영", "lee", "박기사", "")), cycle(("별관", "본관"))
    kinds = product(Status, ("", "gas"), ("urgent", "low"), (True, False), (False,))
    # What was answered by the requester, and has nothing else that needs a person.
    written = product(Status, ("",), ("low",), (False,), (True,))
    for number, (status, danger, priority, unsure, answered) in enumerate(chain(kinds, written)):
        RequestFactory(
            status=status,
            danger=danger,
            priority=priority,
            unsure=unsure,
            answered=answered,
            category="plumbing",
            assignee=(assignee := next(assignees)),
            assignee_user_id=user.id if assignee in ("이운영", "lee") else None,
            location=next(places),
            created_at=NOON + timedelta(minutes=number * 7 % 40),
        )
    return enter(user)


def _wanted(session: Session, view: str, more: str = "true") -> list[str]:
    order = "id DESC"
    if view == View.NEEDS_PERSON:
        order = (
            "CASE WHEN length(danger) > 0 OR priority = 'urgent' THEN 0 ELSE 1 END, created_at DESC"
        )
    elif view:
        order = "created_at DESC"
    where = f"({_MEMBERS[View(view)]}) AND {more}"
    rows = session.execute(
        text(f"SELECT reference FROM maintenance_requests WHERE {where} ORDER BY {order}, id DESC")
    )
    return list(rows.scalars())


def _shown(page: Document) -> list[str]:
    return [link.text for link in page.all("a", class_="row-reference")]


def _counts(page: Document) -> list[str]:
    return [count.text for count in page.all("span", class_="view-count")]


def _read_all(desk: FlaskClient, address: str) -> list[str]:
    """Page by page, by the cursor in ``Link``."""
    found: list[str] = []
    while address:
        answer = desk.get(address)
        assert answer.status_code == 200, answer.text
        found += [row["reference"] for row in answer.get_json()]
        link = answer.headers.get("Link", "")
        address = link.partition(">")[0].lstrip("<") if 'rel="next"' in link else ""
    return found


@pytest.mark.parametrize("view", View)
def test_a_view_has_the_rows_and_the_number_that_the_database_has(
    desk: FlaskClient, session: Session, view: View
) -> None:
    wanted = _wanted(session, view)
    page = read(desk.get(f"/desk?view={view}"))
    assert _shown(page) == wanted
    assert _counts(page) == [str(len(_wanted(session, one))) for one in View]
    page.one("a", aria_current="true", href=f"/desk?view={view}")
    answer = desk.get(f"/api/requests?view={view}")
    assert [row["reference"] for row in answer.get_json()] == wanted
    assert answer.headers["X-Total-Count"] == str(len(wanted))
    assert _read_all(desk, f"/api/requests?view={view}&limit=3") == wanted
    sheet = desk.get(f"/api/requests.csv?view={view}").text
    assert [line for line in wanted if line not in sheet] == []
    assert sheet.count("plumbing") + sheet.count("Plumbing") == len(wanted)


@pytest.mark.parametrize("view", View)
@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("unsure=true", "unsure"),
        ("status=pending&status=on_hold", "status IN ('pending', 'on_hold')"),
        ("assignee=lee", "assignee IN ('이운영', 'lee')"),
        ("location=별관", "location = '별관'"),
        ("q=화장실&location=본관", "location = '본관'"),
    ],
)
def test_a_view_goes_with_filters_and_words(
    desk: FlaskClient, session: Session, view: View, query: str, condition: str
) -> None:
    wanted = set(_wanted(session, view, condition))
    found = _read_all(desk, f"/api/requests?view={view}&limit=4&{query}")
    assert len(found) == len(wanted) and set(found) == wanted
    page = read(desk.get(f"/desk?view={view}&{query}"))
    assert set(_shown(page)) == wanted
    assert page.one("input", name="view")["value"] == view


def test_the_desk_opens_on_what_needs_a_person(desk: FlaskClient, session: Session) -> None:
    assert _shown(read(desk.get("/desk"))) == _wanted(session, View.NEEDS_PERSON)
    assert _shown(read(desk.get("/desk?view="))) == _wanted(session, View.NEEDS_PERSON)
    # Addresses with filters alone go on meaning all requests.
    assert set(_shown(read(desk.get("/desk?unsure=true")))) == set(
        _wanted(session, View.ALL, "unsure")
    )
    empty = read(desk.get("/desk?view=mine&q=nowhere"))
    empty.one("a", href="/desk?view=all&q=nowhere")


@pytest.mark.parametrize("path", ["/desk", "/api/requests", "/api/requests.csv"])
def test_an_unknown_view_is_refused(desk: FlaskClient, path: str) -> None:
    for query in ("view=nonsense", "view=mine&view=open"):
        answer = desk.get(f"{path}?{query}", headers={"Accept": "application/json"})
        assert answer.status_code == 422
        if path.startswith("/api"):
            check_problem(answer, 422, "view")


@pytest.mark.parametrize(
    "query",
    [
        "created_to=9999-12-31",
        "completed_to=9999-12-31&completed_from=0001-01-01",
        "open_at=9999-12-31",
        "created_from=9999-12-31T23:59:59-12:00",
        "created_to=0001-01-01T00:00:00%2B12:00",
    ],
)
def test_the_ends_of_the_calendar_are_days_too(desk: FlaskClient, query: str) -> None:
    assert desk.get(f"/desk?{query}").status_code == 200


def _fill(session: Session, status: str, many: int) -> None:
    session.execute(
        text(
            "INSERT INTO maintenance_requests (reference, description, location, contact_info,"
            " contact_email, requester_name, language, category, priority, status, assignee, danger,"
            " submitted_on, version) SELECT 'X' || n, 'x', '', '', '', '', 'en', 'pending', 'pending',"
            " :status, 'x', '', '2026-03-01', 1 FROM generate_series(1, :many) n"
        ),
        {"status": status, "many": many},
    )


def test_counting_stops(desk: FlaskClient, session: Session) -> None:
    _fill(session, "on_hold", COUNTED_TO + 1)
    session.commit()
    page = read(desk.get("/desk?view=mine"))
    counts = dict(zip(View, _counts(page), strict=True))
    assert counts[View.WAITING] == counts[View.OPEN] == counts[View.ALL] == "1,000+"
    assert counts[View.MINE] == str(len(_wanted(session, View.MINE)))


def test_views_are_found_by_their_indexes(session: Session) -> None:
    """Where few requests of many are open."""
    _fill(session, "cancelled", 5000)
    for way in ("seqscan", "bitmapscan", "sort"):
        session.execute(text(f"SET LOCAL enable_{way} = off"))
    for query, index in (
        (
            "SELECT id FROM maintenance_requests WHERE status IN ('pending', 'in_progress', 'on_hold')"
            " AND (status = 'pending' OR unsure OR answered OR (danger <> '' OR priority = 'urgent'))"
            " AND ((danger <> '' OR priority = 'urgent'), created_at, id) < (false, now(), 5)"
            " ORDER BY (danger <> '' OR priority = 'urgent') DESC, created_at DESC, id DESC LIMIT 51",
            "needs_person",
        ),
        (
            "SELECT id FROM maintenance_requests WHERE status IN ('pending', 'in_progress', 'on_hold')"
            " AND coalesce('team:' || assignee_team_id::text, 'user:' || assignee_user_id::text,"
            " 'name:' || assignee) = 'name:' ORDER BY created_at DESC, id DESC LIMIT 51",
            "open_assignee",
        ),
        (
            "SELECT id FROM maintenance_requests WHERE status IN ('pending', 'in_progress', 'on_hold')"
            " ORDER BY created_at DESC, id DESC LIMIT 51",
            "open_newest",
        ),
    ):
        plan = "\n".join(session.execute(text(f"EXPLAIN {query}")).scalars())
        # Of an open list in its own order the planner may take either index, by its statistics.
        fits = {index, "open_newest"} if index == "open_assignee" else {index}
        assert any(f"ix_maintenance_requests_{name}" in plan for name in fits), plan
        assert "Sort" not in plan
