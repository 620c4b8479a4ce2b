"""GET /api/requests: pages, filters, links, caching."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.user import User
from models.words import Category, Priority, Status
from tests.factories import PhotoFactory, RequestFactory, UserFactory
from tests.web.conftest import Headers
from tests.web.problems import check_problem

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _ids(client: FlaskClient, operator: Headers, query: str = "") -> list[int]:
    answer = client.get(f"/api/requests{query}", headers=operator)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.get_json()]


def _links(header: str) -> dict[str, str]:
    return {rel: url for url, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', header)}


def test_newest_first_as_a_plain_array(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    rows = [RequestFactory(created_at=NOON + timedelta(hours=n)) for n in range(3)]
    answer = client.get("/api/requests", headers=operator)
    body = answer.get_json()
    assert [row["id"] for row in body] == [row.id for row in reversed(rows)]
    assert answer.headers["X-Total-Count"] == "3"
    assert "private" in answer.headers["Cache-Control"]
    assert "Link" not in answer.headers
    assert {"contact_info", "requester_name", "reference", "status_url"} <= set(body[0])


def test_a_row_says_what_the_request_itself_says(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    """Rows of a list are written by another way than one request: see ``serialize_rows``."""
    for times in ({}, {"created_at": NOON}, {"created_at": NOON, "completed": True}):
        RequestFactory(updated_at=NOON + timedelta(microseconds=120), **times)
    for row in client.get("/api/requests", headers=operator).get_json():
        alone = client.get(f"/api/requests/{row['id']}", headers=operator).get_json()
        more = {"photos", "timeline", "triage", "question_open", "answered", "rating"}
        more |= {"reopens_until"}
        assert set(alone) - set(row) == more
        assert {name: alone[name] for name in row} == row


def test_an_empty_list(client: FlaskClient, session: Session, operator: Headers) -> None:
    answer = client.get("/api/requests", headers=operator)
    assert answer.get_json() == []
    assert answer.headers["X-Total-Count"] == "0"


def test_skip_and_limit(client: FlaskClient, session: Session, operator: Headers) -> None:
    rows = [RequestFactory(created_at=NOON - timedelta(hours=n)).id for n in range(5)]
    answer = client.get("/api/requests?skip=1&limit=2&status=pending", headers=operator)
    assert [row["id"] for row in answer.get_json()] == rows[1:3]
    assert answer.headers["X-Total-Count"] == "5"
    links = _links(answer.headers["Link"])
    assert set(links) == {"next", "prev"}
    assert _ids(client, operator, links["next"].removeprefix("/api/requests")) == rows[3:5]
    assert _ids(client, operator, links["prev"].removeprefix("/api/requests"))[0] == rows[0]


def test_the_default_page_holds_a_hundred(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    RequestFactory.create_batch(101)
    assert len(_ids(client, operator)) == 100
    assert len(_ids(client, operator, "?limit=500")) == 101


@pytest.mark.parametrize("sort", ["-created_at", "created_at", "-updated_at", "updated_at"])
def test_following_the_links_shows_each_row_once(
    client: FlaskClient, session: Session, operator: Headers, sort: str
) -> None:
    """Also rows of the same moment, and rows that come in between."""
    rows = [RequestFactory(created_at=NOON, updated_at=NOON).id for _ in range(7)]
    seen: list[int] = []
    url = f"/api/requests?limit=2&sort={sort}"
    while url:
        answer = client.get(url, headers=operator)
        seen += [row["id"] for row in answer.get_json()]
        if len(seen) == 2:
            late = NOON + timedelta(hours=1 if sort.startswith("-") else -1)
            RequestFactory(created_at=late, updated_at=late)
        url = _links(answer.headers.get("Link", "")).get("next", "")
    assert seen == (rows[::-1] if sort.startswith("-") else rows)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=on_hold", {"b"}),
        ("category=plumbing", {"a", "b"}),
        ("priority=urgent", {"a"}),
        ("category=plumbing&priority=urgent", {"a"}),
        ("location=본관", {"a"}),
        ("location=MAIN", {"c"}),
        ("location=100%25", {"d"}),
        ("q=누수", {"a"}),
        ("q=화장실", {"a"}),
        ("q=drip", {"c"}),
        ("q=TAP DRIP", {"c"}),
        ("q=100%25", {"d"}),
        ("q=%25", set()),
        ("q=_", set()),
        ("q=없는말", set()),
        ("status=on_hold&status=in_progress", {"b"}),
        ("status=on_hold&status=pending&status=", {"a", "b", "c", "d"}),
        ("status=on_hold&status=completed&category=plumbing&category=pest&q=문이", {"b"}),
        ("q=누수&status=completed&status=cancelled", set()),
        ("created_from=2026-03-02T00:00:00Z", {"b", "c", "d"}),
        ("created_to=2026-03-02T00:00:00Z", {"a"}),
        ("created_from=2026-03-02T12:00:00%2B00:00&created_to=2026-03-03T12:00:00Z", {"b"}),
        ("status=&category=&q=&location=&created_from=&cursor=", {"a", "b", "c", "d"}),
    ],
)
def test_filters(
    client: FlaskClient, session: Session, operator: Headers, query: str, expected: set[str]
) -> None:
    rows = {
        "a": RequestFactory(
            description="화장실누수가 심해요",
            location="본관 3층",
            category=Category.PLUMBING,
            priority=Priority.URGENT,
            created_at=NOON,
        ),
        "b": RequestFactory(
            description="문이 안 열려요",
            location="별관",
            status=Status.ON_HOLD,
            category=Category.PLUMBING,
            created_at=NOON + timedelta(days=1),
        ),
        "c": RequestFactory(
            description="The tap is dripping",
            location="Main building",
            created_at=NOON + timedelta(days=2),
        ),
        "d": RequestFactory(
            description="습도가 100%",
            location="창고 100%",
            created_at=NOON + timedelta(days=3),
        ),
    }
    found = _ids(client, operator, "?" + quote(query, safe="=&%:"))
    assert {name for name, row in rows.items() if row.id in found} == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=x", "limit"),
        ("limit=1.5", "limit"),
        ("skip=-1", "skip"),
        ("skip=99999999999999999999", "skip"),
        ("status=open", "status"),
        ("category=Plumbing", "category"),
        ("priority=%00", "priority"),
        ("sort=id;drop", "sort"),
        ("cursor=nonsense", "cursor"),
        ("cursor=W10=", "cursor"),
        ("cursor=" + "A" * 201, "cursor"),
        ("assigne=Park", "assigne"),
        ("status=on_hold&status=open", "status"),
        ("limit=1&limit=2", "limit"),
        ("q=a&q=b", "q"),
        ("status=open&Status=on_hold", "Status"),
        ("&".join(f"assignee={n}" for n in range(21)), "assignee"),
        ("created_from=2026-02-30", "created_from"),
        ("created_from=yesterday", "created_from"),
        ("created_to=2026-13-45", "created_to"),
        ("q=%00", "q"),
        ("q=" + "x" * 201, "q"),
        ("location=%00", "location"),
    ],
)
def test_a_bad_query_names_its_field(
    client: FlaskClient, session: Session, operator: Headers, query: str, field: str
) -> None:
    check_problem(client.get(f"/api/requests?{query}", headers=operator), 422, field)


@pytest.mark.parametrize(
    "query",
    [
        "created_from=2026-03-02",
        "created_from=2026-03-02T00:00:00",
        "created_from=0001-01-01T00:00:00Z",
        "created_to=9999-12-31T23:59:59Z",
        "created_from=1772409600",
        "created_from=0588-01-10T15:03:06%2B19:37",
        "created_from=0001-01-01T00:00:00%2B23:59",
        "created_to=9999-12-31T23:59:59-23:59",
        "skip=10000000",
        "q=%F0%9F%94%A7",
        "q=%FF",
        "q=%ED%A0%80",
    ],
)
def test_odd_queries_are_never_a_server_error(
    client: FlaskClient, session: Session, operator: Headers, query: str
) -> None:
    answer = client.get(f"/api/requests?{query}", headers=operator)
    assert answer.status_code in (200, 422), answer.text


def test_a_page_that_did_not_change_is_not_sent_again(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row = RequestFactory()
    first = client.get("/api/requests", headers=operator)
    cached = operator | {"If-None-Match": first.headers["ETag"]}
    again = client.get("/api/requests", headers=cached)
    assert (again.status_code, again.data) == (304, b"")
    client.patch(f"/api/requests/{row.id}", json={"priority": "low"}, headers=operator)
    assert client.get("/api/requests", headers=cached).status_code == 200


def test_a_forged_cursor_shows_a_place_and_nothing_else(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    """A cursor is a place in a list that the caller may read anyway."""
    from models.queries.requests import Position, write_cursor

    RequestFactory(created_at=NOON)
    cursor = write_cursor(Position(NOON + timedelta(days=1), 0))
    answer: Any = client.get(f"/api/requests?cursor={quote(cursor)}", headers=operator)
    assert len(answer.get_json()) == 1


def test_a_search_shows_the_best_first_on_every_page_and_in_the_file(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    for n in range(9):
        words = "누수가 있음" if n % 2 else "화장실누수"
        RequestFactory(description=f"{n} {words}", created_at=NOON + timedelta(hours=n))
    seen: list[str] = []
    url = f"/api/requests?limit=2&q={quote('누수')}"
    while url:
        answer = client.get(url, headers=operator)
        seen += [row["description"][0] for row in answer.get_json()]
        assert answer.headers["X-Total-Count"] == "9"
        url = _links(answer.headers.get("Link", "")).get("next", "")
    assert "".join(seen) == "753186420"
    table = client.get(f"/api/requests.csv?q={quote('누수')}", headers=operator).text
    rows = table.strip().splitlines()[1:]
    assert [row.split(",")[2][0] for row in rows] == seen
    by_time = _ids(client, operator, f"?sort=-created_at&q={quote('누수')}")
    assert by_time == sorted(by_time, reverse=True)


def test_a_name_and_me_find_what_somebody_has_to_do(
    client: FlaskClient, session: Session, log_in: Callable[[User], Headers]
) -> None:
    me = UserFactory(name="김하자")
    mine = [
        RequestFactory(assignee=me.name, assignee_user_id=me.id, created_at=NOON).id for _ in "ab"
    ]
    parks = RequestFactory(assignee="Park", created_at=NOON - timedelta(hours=1)).id
    RequestFactory(assignee="")
    login = log_in(me)
    assert _ids(client, login, "?assignee=Nobody") == []
    assert _ids(client, login, "?assignee=Park") == [parks]
    assert set(_ids(client, login, "?assignee=me")) == set(mine)
    assert set(_ids(client, login, "?assignee=me&assignee=Park")) == {*mine, parks}
    assert set(_ids(client, login, f"?assignee=me&q={quote('화장실')}")) == set(mine)
    rows = client.get("/api/requests.csv?assignee=Park", headers=login).text.splitlines()
    assert len(rows) == 2


def test_links_keep_every_value(client: FlaskClient, session: Session, operator: Headers) -> None:
    for status in (Status.ON_HOLD, Status.PENDING, Status.PENDING, Status.COMPLETED):
        RequestFactory(status=status)
    answer = client.get("/api/requests?limit=2&status=on_hold&status=pending", headers=operator)
    assert answer.headers["X-Total-Count"] == "3"
    following = _links(answer.headers["Link"])["next"].removeprefix("/api/requests")
    assert len(_ids(client, operator, following)) == 1


# Midnight of 2 and 3 March 2026 in Seoul, UTC+9, is 15:00 UTC of the day before.
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("created_from=2026-03-02&created_to=2026-03-02", {"first", "last"}),
        ("created_from=2026-03-02", {"first", "last", "after"}),
        ("created_to=2026-03-02", {"before", "first", "last"}),
        ("created_to=2026-03-01", {"before"}),
        ("created_from=0001-01-01&created_to=9999-12-31", {"before", "first", "last", "after"}),
    ],
)
@pytest.mark.parametrize("path", ["/api/requests", "/api/requests.csv"])
def test_a_plain_date_is_a_day_of_the_house(
    client: FlaskClient,
    session: Session,
    operator: Headers,
    path: str,
    query: str,
    expected: set[str],
) -> None:
    start = datetime(2026, 3, 1, 15, tzinfo=UTC)
    moment, day = timedelta(microseconds=1), timedelta(days=1)
    for name, at in {
        "before": start - moment,
        "first": start,
        "last": start + day - moment,
        "after": start + day,
    }.items():
        RequestFactory(description=f"it-is-{name}", created_at=at)
    found = client.get(f"{path}?{query}", headers=operator).text
    assert set(re.findall(r"it-is-(\w+)", found)) == expected


def test_days_follow_the_setting(
    client: FlaskClient,
    session: Session,
    operator: Headers,
    settings_with: Callable[..., object],
) -> None:
    """New York puts its clocks forward on 8 March 2026: that day has 23 hours, from 05:00 UTC."""
    settings_with(HAJA_TIMEZONE="America/New_York")
    start = datetime(2026, 3, 8, 5, tzinfo=UTC)
    inside = [RequestFactory(created_at=start + timedelta(hours=hours)).id for hours in (0, 22)]
    for hours in (-1, 23):
        RequestFactory(created_at=start + timedelta(hours=hours))
    query = "?created_from=2026-03-08&created_to=2026-03-08&sort=created_at"
    assert _ids(client, operator, query) == inside


def test_no_call_that_reads_passes_over_a_parameter(
    app: Flask, client: FlaskClient, session: Session, operator: Headers
) -> None:
    """Who filters by what is not there must not take the whole for the part."""
    request = RequestFactory()
    photo = PhotoFactory(request_id=request.id, ready=True)
    ids = {"request_id": request.id, "photo_id": photo.id, "size": "thumb"}
    tried = 0
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(ids.get(found[1], "x")), rule.rule)
        if (path.startswith("/api/") and "GET" in (rule.methods or ())) or path == "/desk":
            check_problem(client.get(f"{path}?assigne=Kim", headers=operator), 422, "assigne")
            tried += 1
    assert tried == 9


def test_none_finds_what_nobody_has_and_an_empty_assignee_is_refused(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    free = RequestFactory(assignee="", created_at=NOON).id
    parks = RequestFactory(assignee="Park", created_at=NOON - timedelta(hours=1)).id
    RequestFactory(assignee="Lee")
    assert _ids(client, operator, "?assignee=none") == [free]
    assert _ids(client, operator, "?assignee=none&assignee=Park") == [free, parks]
    for empty in ("", "%20", "Park&assignee="):
        for path in ("/api/requests", "/api/requests.csv"):
            answer = client.get(f"{path}?assignee={empty}", headers=operator)
            check_problem(answer, 422, "assignee")
