"""How many SQL statements a call costs: stated here, and the same for few rows and for many."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from models.timeline_entry import TimelineEntry
from tests.factories import PhotoFactory, RequestFactory, TriageResultFactory
from tests.web.conftest import Headers

# Whether the login of the token still stands, and whose it is.
LOGIN = 1
# The rows themselves, where this process has not shown these versions of them yet.
ROWS = 1


@contextmanager
def _counting(connection: Connection) -> Iterator[list[str]]:
    """Every statement that reaches the database, without the savepoints of the test itself, and
    without planning, once for each connection."""
    statements: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not any(word in statement for word in ("SAVEPOINT", "PREPARE", "pg_prepared")):
            statements.append(" ".join(statement.split()))

    event.listen(connection.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(connection.engine, "before_cursor_execute", note)


def _statements(
    client: FlaskClient, connection: Connection, operator: Headers, path: str
) -> tuple[list[str], object]:
    with _counting(connection) as statements:
        answer = client.get(path, headers=operator)
    assert answer.status_code == 200, answer.text
    return statements, answer.get_json()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 1),  # which, in which version: the end of the page tells how many there are
        ("category=pending", 1),
        ("category=pending&priority=pending", 1),
        ("q=화장실", 2),  # which, among the newest; in which version
        ("q=화장실&category=pending&priority=pending", 2),
        ("q=화장실&sort=-updated_at", 2),
        ("location=본관", 2),
    ],
)
def test_a_list_costs_the_same_for_a_hundred_rows_as_for_five(
    client: FlaskClient,
    session: Session,
    connection: Connection,
    operator: Headers,
    query: str,
    expected: int,
) -> None:
    path = f"/api/requests?limit=500&{query}"
    for more, rows in ((5, 5), (95, 100)):
        RequestFactory.create_batch(more)
        session.commit()
        statements, body = _statements(client, connection, operator, path)
        assert isinstance(body, list) and len(body) == rows
        assert len(statements) == LOGIN + expected + ROWS, statements
        again, same = _statements(client, connection, operator, path)
        assert len(again) == LOGIN + expected, again
        assert same == body


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 1),  # kept numbers come with the page
        ("category=pending", 1),
        ("category=pending&priority=pending", 2),
        ("q=화장실", 2),  # which, with their number; in which version
    ],
)
def test_a_page_that_is_not_the_last_costs_one_count_more_at_most(
    client: FlaskClient,
    session: Session,
    connection: Connection,
    operator: Headers,
    query: str,
    expected: int,
) -> None:
    RequestFactory.create_batch(30)
    session.commit()
    path = f"/api/requests?limit=9&{query}"
    statements, _ = _statements(client, connection, operator, path)
    assert len(statements) == LOGIN + expected + ROWS, statements
    answer = client.get(path, headers=operator)
    assert answer.headers["X-Total-Count"] == "30"


def test_one_request_costs_the_same_with_thirty_entries_as_with_one(
    client: FlaskClient, session: Session, connection: Connection, operator: Headers
) -> None:
    """The request, its timeline, its photos, its triage."""
    row = RequestFactory()
    for parts in (1, 29):
        for _ in range(parts):
            session.add(TimelineEntry(request_id=row.id, event="request_updated", data={}))
            PhotoFactory(request_id=row.id, ready=True)
            TriageResultFactory(request_id=row.id)
        session.commit()
        path = f"/api/requests/{row.id}"
        statements, body = _statements(client, connection, operator, path)
        assert len(statements) == LOGIN + 4, statements
    assert isinstance(body, dict)
    assert (len(body["timeline"]), len(body["photos"])) == (30, 30)


def test_statistics_cost_two_statements(
    client: FlaskClient,
    session: Session,
    connection: Connection,
    operator: Headers,
    redis: Redis,
) -> None:
    """Whose turn it is to compute, and the numbers."""
    for more in (5, 95):
        RequestFactory.create_batch(more)
        session.commit()
        redis.flushdb()
        statements, _ = _statements(client, connection, operator, "/api/stats")
        assert len(statements) == LOGIN + 2, statements
