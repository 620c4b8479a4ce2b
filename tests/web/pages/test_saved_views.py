"""Saved views of the list, the order of the list, and ages against their targets."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.services.saved_views import MAX_VIEWS
from models.targets import HOURS, Standing, standing_of
from models.user import User
from models.words import Priority
from tests.factories import RequestFactory, UserFactory
from tests.web.pages.conftest import csrf
from tests.web.pages.document import Document, read

QUERY = "view=open&q=&location=별관&sort=created_at"


def _save(desk: FlaskClient, name: str, here: str = QUERY, **more: str) -> Document:
    form = {"csrf_token": csrf(desk), "here": here, "name": name, **more}
    answer = desk.post("/desk/views", data=form)
    assert answer.status_code == 303, answer.text
    return read(desk.get(answer.headers["Location"]))


def test_a_saved_view_has_its_filters_in_its_address(desk: FlaskClient, session: Session) -> None:
    for minutes, place in ((3, "별관"), (9, "별관"), (5, "본관")):
        RequestFactory(location=place, created_at=datetime.now(UTC) - timedelta(minutes=minutes))
    session.commit()
    page = _save(desk, "별관 먼저")
    current = [link for link in page.all("a", aria_current="true") if "view=" in link["href"]]
    link = next(link for link in current if "lang=" not in link["href"])
    assert "별관 먼저" in link.text
    assert link["href"] == "/desk?view=open&location=%EB%B3%84%EA%B4%80&sort=created_at"
    ages = [age.text for age in page.all("time")]
    assert ages == ["9 minutes ago", "3 minutes ago"]
    _save(desk, "별관 먼저")
    assert read(desk.get("/desk")).text.count("별관 먼저") == 1
    button = page.one("button", form="delete-view")
    form = {"csrf_token": csrf(desk), "here": ""}
    desk.post(button["formaction"], data=form)
    assert "별관 먼저" not in read(desk.get("/desk")).text
    assert desk.post(button["formaction"], data=form).status_code == 404


def test_only_shared_views_are_seen_by_others_and_deleted_by_their_owner(
    desk: FlaskClient, enter: Callable[[User | None], FlaskClient], session: Session
) -> None:
    _save(desk, "내 것")
    page = _save(desk, "모두의 것", here="view=mine", shared="1")
    address = page.one("button", form="delete-view")["formaction"]
    other = enter(UserFactory())
    page = read(other.get("/desk?view=mine"))
    assert "모두의 것" in page.text and "내 것" not in page.text
    assert not page.all("button", form="delete-view")
    assert other.post(address, data={"csrf_token": csrf(other)}).status_code == 403


def test_views_are_bounded_and_named(desk: FlaskClient) -> None:
    for number in range(MAX_VIEWS):
        _save(desk, f"view {number}")
    assert "No more views" in _save(desk, "one more").text
    form = {"csrf_token": csrf(desk), "here": QUERY, "name": "  "}
    assert desk.post("/desk/views", data=form).status_code == 422


@pytest.mark.parametrize("priority", Priority)
def test_an_age_is_calm_then_near_then_overdue(priority: Priority) -> None:
    for part, wanted in ((0.5, Standing.CALM), (0.8, Standing.NEAR), (1.01, Standing.OVERDUE)):
        made = datetime.now(UTC) - timedelta(hours=HOURS[priority] * part)
        assert standing_of("pending", priority, made) == wanted
        assert standing_of("in_progress", priority, made) == wanted
        for waits in ("on_hold", "completed", "cancelled"):
            assert standing_of(waits, priority, made) == Standing.CALM


def test_the_list_is_sorted_as_asked_and_shows_what_is_late(
    desk: FlaskClient, session: Session
) -> None:
    now = datetime.now(UTC)
    old = RequestFactory(priority="low", created_at=now - timedelta(hours=200), updated_at=now)
    gas = RequestFactory(priority="low", danger="gas", created_at=now - timedelta(hours=130))
    new = RequestFactory(priority="low", created_at=now - timedelta(hours=1))
    for row in (gas, new):
        row.updated_at = row.created_at
    session.commit()
    orders = {
        "": [new, gas, old],
        "urgency": [gas, new, old],
        "created_at": [old, gas, new],
        "-updated_at": [old, new, gas],
    }
    for sort, rows in orders.items():
        wanted = [row.reference for row in rows]
        page = read(desk.get(f"/desk?view=open&sort={sort}"))
        assert [link.text for link in page.all("a", class_="row-reference")] == wanted, sort
        if sort:
            listed = desk.get(f"/api/requests?sort={sort}", headers={"Accept": "application/json"})
            assert [row["reference"] for row in listed.get_json()] == wanted, sort
    address, found = "/api/requests?sort=urgency&limit=1", list[str]()
    while address:
        answer = desk.get(address, headers={"Accept": "application/json"})
        found += [row["reference"] for row in answer.get_json()]
        address = answer.headers.get("Link", "").partition(">")[0].lstrip("<")
    assert found == [row.reference for row in orders["urgency"]]
    assert [page.text.count(word) for word in ("overdue:", "due soon:")] == [1, 1]
    late = read(desk.get("/desk?view=overdue"))
    assert [link.text for link in late.all("a", class_="row-reference")] == [old.reference]
    assert desk.get("/desk?sort=nonsense").status_code == 422


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
def test_pages_by_urgency_have_each_request_once(
    desk: FlaskClient, session: Session, limit: int
) -> None:
    now = datetime.now(UTC)
    rows = [
        RequestFactory(priority=priority, created_at=now - timedelta(hours=hours))
        for hours, priority in enumerate(("low", "urgent", "low", "urgent"))
    ]
    session.commit()
    wanted = [rows[number].reference for number in (1, 3, 0, 2)]
    for view in ("all", "open", "needs_person"):
        address, found = f"/api/requests?sort=urgency&view={view}&limit={limit}", list[str]()
        while address:
            answer = desk.get(address, headers={"Accept": "application/json"})
            assert answer.headers["X-Total-Count"] == "4"
            found += [row["reference"] for row in answer.get_json()]
            address = answer.headers.get("Link", "").partition(">")[0].lstrip("<")
        assert found == wanted, view
    skipped = desk.get("/api/requests?sort=urgency&skip=1&limit=2").get_json()
    assert [row["reference"] for row in skipped] == wanted[1:3]
