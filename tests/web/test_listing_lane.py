"""The lane for lists and Flask's road: the same answers, to the same callers."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from config.front_door.calls import FAILED, Answer, Call
from config.settings import Settings
from models.maintenance_request import MaintenanceRequest
from models.services.logins import close_login
from models.user import LoginSession, User
from tests.factories import RequestFactory, UserFactory
from tests.web.conftest import Headers
from web.lanes.listing import ListingLane, _asked

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHANGING = {"date", "x-process-time", "x-request-id"}
CHANGING |= {"x-ratelimit-remaining", "x-ratelimit-reset"}

Ask = Callable[..., Answer | None]


@pytest.fixture
def lane(app: Flask, client: FlaskClient, connection: Connection) -> Iterator[ListingLane]:
    """Reads in the test's own transaction."""
    lane: ListingLane = app.extensions["haja.listing"]
    own = lane.reading
    driver = connection.connection.driver_connection
    lane.reading = lambda: nullcontext(driver)  # type: ignore[assignment]
    yield lane
    lane.reading = own


def environment(query: str, headers: Headers) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/api/requests",
        "QUERY_STRING": query,
        "CONTENT_LENGTH": "0",
        "wsgi.url_scheme": "http",
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }


@pytest.fixture
def ask(lane: ListingLane, session: Session) -> Ask:
    """The lane's answer; None if Flask is to answer."""

    def call(query: str, headers: Headers) -> Answer | None:
        session.flush()
        seen = environment(query, headers)
        if not lane.takes(seen):
            return None
        answers, outage = lane.answer([Call(seen, b"")])
        assert outage is None
        return answers[0]

    return call


@pytest.fixture
def rows(session: Session) -> list[MaintenanceRequest]:
    """Enough for several pages: with every status, and times in another order each."""
    states = ["pending", "in_progress", "completed"]
    return [
        RequestFactory(
            created_at=NOON + timedelta(hours=number % 5, microseconds=number * 30),
            updated_at=NOON + timedelta(hours=(number * 7) % 11),
            status=states[number % 3],
            category=["plumbing", "hvac"][number % 2],
            completed_at=NOON if number % 3 == 2 else None,
        )
        for number in range(23)
    ]


def assert_alike(answer: Answer | None, flasks: Any) -> None:
    assert answer is not None, "the lane did not take it"
    assert answer.status == flasks.status
    assert answer.body == flasks.get_data()
    ours = {name.lower(): value for name, value in answer.headers}
    theirs = {name.lower(): value for name, value in flasks.headers}
    assert ours.keys() == theirs.keys() - {"date"}  # the server adds it
    for name in ours.keys() - CHANGING:
        assert ours[name] == theirs[name], name


@pytest.mark.parametrize(
    "query",
    [
        "",
        "limit=5",
        "limit=5&sort=created_at",
        "limit=5&sort=-updated_at",
        "limit=5&sort=updated_at",
        "limit=5&status=completed",
        "limit=3&category=plumbing&sort=-created_at",
        "priority=pending&limit=500",
        "status=cancelled",
        "limit=5&status=",
        "limit=5&limit=7&unknown=a%20b",
        "limit=23",
        "limit=22",
    ],
)
def test_every_page_is_what_flask_answers(
    ask: Ask, client: FlaskClient, operator: Headers, rows: list[MaintenanceRequest], query: str
) -> None:
    pages, seen = 0, set[str]()
    while True:
        flasks = client.get(f"/api/requests?{query}", headers=operator)
        answer = ask(query, operator)
        assert_alike(answer, flasks)
        pages += 1
        seen |= {row["reference"] for row in flasks.get_json()}
        link = flasks.headers.get("Link", "")
        if 'rel="next"' not in link:
            break
        query = link.partition("?")[2].partition(">")[0]
    assert len(seen) <= len(rows)
    assert pages >= 1


def test_an_empty_list(ask: Ask, client: FlaskClient, operator: Headers) -> None:
    assert_alike(ask("", operator), client.get("/api/requests", headers=operator))


def test_what_changes_is_seen_at_once(
    ask: Ask, session: Session, operator: Headers, rows: list[MaintenanceRequest]
) -> None:
    """However it changes: here past everything that counts versions."""
    first = ask("limit=5", operator)
    change = text("UPDATE maintenance_requests SET location = '옥상' WHERE id = :id")
    with session.begin_nested():  # has a number of its own, as each transaction
        session.execute(change, {"id": max(rows, key=lambda row: row.created_at).id})
    second = ask("limit=5", operator)
    assert first is not None
    assert second is not None
    assert "옥상" in second.body.decode()
    assert first.body != second.body


def test_a_page_that_was_read_before_is_not_read_again(
    ask: Ask, connection: Connection, operator: Headers, rows: list[MaintenanceRequest]
) -> None:
    ask("limit=5", operator)
    read = text(
        "SELECT sum(calls) FROM (SELECT generic_plans + custom_plans AS calls"
        " FROM pg_prepared_statements WHERE statement LIKE '%ANY($1)%') s"
    )
    before = connection.scalar(read)
    assert ask("limit=5", operator) is not None
    assert connection.scalar(read) == before


def test_a_held_page_is_not_sent_again(
    ask: Ask, client: FlaskClient, operator: Headers, rows: list[MaintenanceRequest]
) -> None:
    first = ask("limit=5", operator)
    assert first is not None
    tag = dict(first.headers)["ETag"]
    for held, status in ((tag, "304 NOT MODIFIED"), ('"another"', "200 OK")):
        headers = {**operator, "If-None-Match": held}
        answer = ask("limit=5", headers)
        assert_alike(answer, client.get("/api/requests?limit=5", headers=headers))
        assert answer is not None
        assert answer.status == status


def test_those_who_ask_together_share_a_page(
    lane: ListingLane,
    session: Session,
    log_in: Callable[..., Headers],
    rows: list[MaintenanceRequest],
) -> None:
    """Each by their own login: who is not logged in any more gets nothing with the others."""
    users = [UserFactory(role=role) for role in ("operator", "manager", "admin")]
    logins = [log_in(user) for user in users]
    gone = log_in(users[0])
    last = session.query(LoginSession).order_by(LoginSession.id.desc()).first()
    assert last
    close_login(session, last.id)
    session.flush()
    calls = [
        Call(environment(query, headers), b"")
        for headers in (*logins, gone, {"Authorization": "Bearer broken.token.here"})
        for query in ("limit=5", "limit=6")
    ]
    answers, outage = lane.answer(calls)
    assert outage is None
    assert [answer is not None for answer in answers] == [True] * 6 + [False] * 4
    assert len({answer.body for answer in answers if answer}) == 2


@pytest.mark.parametrize("change", ["disabled", "revoked", "expired"])
def test_a_login_that_ended_is_flasks_to_refuse(
    ask: Ask,
    client: FlaskClient,
    session: Session,
    log_in: Callable[..., Headers],
    change: str,
) -> None:
    user = UserFactory()
    headers = log_in(user)
    assert ask("", headers) is not None
    if change == "disabled":
        session.get_one(User, user.id).active = False
    elif change == "revoked":
        session.query(LoginSession).update({"revoked_at": NOON})
    else:
        session.query(LoginSession).update({"expires_at": NOON})
    assert ask("", headers) is None
    session.commit()
    assert client.get("/api/requests", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("query", "more"),
    [
        ("q=누수", {}),
        ("location=3", {}),
        ("skip=1", {}),
        ("status=pending&category=hvac", {}),
        ("unsure=true", {}),
        ("created_from=2026-01-01", {}),
        ("limit=0", {}),
        ("status=nothing", {}),
        ("cursor=rubbish", {}),
        ("", {"Authorization": "Basic abc"}),
        ("", {"Accept": "text/html"}),
        ("", {"Origin": "https://elsewhere.example.org"}),
        ("", {"If-Modified-Since": "Sun, 01 Mar 2026 12:00:00 GMT"}),
        ("", {"If-None-Match": "*"}),
        ("", {"If-None-Match": 'W/"a"'}),
    ],
)
def test_what_is_unusual_is_left_to_flask(
    ask: Ask, operator: Headers, query: str, more: Headers
) -> None:
    assert ask(query, {**operator, **more}) is None


@pytest.mark.parametrize("shown", [{}, {"Authorization": "Bearer x"}, {"Authorization": "x"}])
def test_without_a_token_that_holds_it_is_flasks(lane: ListingLane, shown: Headers) -> None:
    """And nothing of the query is kept."""
    _asked.cache_clear()
    assert not lane.takes(environment("limit=77", shown))
    assert not _asked.cache_info().currsize


def test_a_long_query_is_flasks(lane: ListingLane, operator: Headers) -> None:
    assert lane.takes(environment("limit=5", operator))
    assert not lane.takes(environment("limit=5&" + "x" * 1000, operator))


def test_a_limit_that_is_reached_is_flasks_to_tell(
    ask: Ask, client: FlaskClient, settings_with: Callable[..., Settings], operator: Headers
) -> None:
    settings_with(API_RATE_LIMIT="4 per minute")
    left = []
    for _ in range(2):
        answer = ask("", operator)
        assert answer is not None
        left.append(dict(answer.headers)["X-RateLimit-Remaining"])
        left.append(client.get("/api/requests", headers=operator).headers["X-RateLimit-Remaining"])
    assert left == ["3", "2", "1", "0"]
    assert ask("", operator) is None
    assert client.get("/api/requests", headers=operator).status_code == 429


def test_an_outage_is_told_once(
    lane: ListingLane, operator: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away:
        def __enter__(self) -> None:
            raise DBAPIError.instance("", None, psycopg2.OperationalError("away"), psycopg2.Error)

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(lane, "reading", Away)
    calls = [Call(environment("", operator), b"") for _ in range(2)]
    answers, outage = lane.answer(calls)
    assert answers == [None, None]
    assert isinstance(outage, DBAPIError)
    assert [call.environment[FAILED] for call in calls] == [outage, outage]


def test_few_statements_whatever_is_asked(
    ask: Ask, connection: Connection, operator: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each costs memory in each session of the database."""
    monkeypatch.setattr("models.queries.express_page._statements", {})
    monkeypatch.setattr("models.queries.express_page.MOST_STATEMENTS", 3)
    asked = [ask(f"limit={number}&sort=updated_at", operator) for number in (91, 92, 93, 94, 91)]
    assert [answer is not None for answer in asked] == [True, True, True, False, True]
