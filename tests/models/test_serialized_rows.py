"""JSON that is kept: for as long as it is what the row says."""

from collections.abc import Callable

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.queries.requests import STAMP, Filter, list_requests
from models.serialized_rows import SerializedRows
from tests.factories import RequestFactory, using

Opener = Callable[[], Session]


def _list(rows: SerializedRows, session: Session) -> list[dict[str, object]]:
    page = list_requests(session, Filter(), STAMP)
    found = rows.find(session, [(row[0], row[1]) for row in page.rows])
    return [orjson.loads(one) for one in found]


def test_any_change_of_a_row_is_seen_at_once(committed: Opener) -> None:
    """By whatever way it was changed, and in whatever column."""
    rows = SerializedRows()
    with committed() as session:
        with using(session):
            RequestFactory.create_batch(3)
        session.commit()
        before = _list(rows, session)
        assert _list(rows, session) == before
        for column, value in (("assignee", "kim"), ("location", "B동"), ("requester_name", "이")):
            session.execute(
                text(f"UPDATE maintenance_requests SET {column} = :value WHERE id = :id"),
                {"value": value, "id": before[1]["id"]},
            )
            session.commit()
            after = _list(rows, session)
            assert after[1][column] == value
            assert [after[0], after[2]] == [before[0], before[2]]


def test_a_change_that_is_rolled_back_is_forgotten(committed: Opener) -> None:
    rows = SerializedRows()
    with committed() as session:
        with using(session):
            RequestFactory()
        session.commit()
        before = _list(rows, session)
        session.execute(text("UPDATE maintenance_requests SET assignee = 'nobody'"))
        assert _list(rows, session)[0]["assignee"] == "nobody"
        session.rollback()
        assert _list(rows, session) == before


def test_what_was_deleted_between_two_statements_is_left_out(committed: Opener) -> None:
    rows = SerializedRows()
    with committed() as session:
        with using(session):
            kept, gone = RequestFactory(), RequestFactory()
        session.commit()
        found = rows.find(session, [(kept.id, "0"), (gone.id + 1000, "0")])
    assert [orjson.loads(one)["id"] for one in found] == [kept.id]


def test_it_keeps_so_many_and_no_more(committed: Opener) -> None:
    rows = SerializedRows(most=10)
    with committed() as session:
        with using(session):
            RequestFactory.create_batch(25)
        session.commit()
        for skip in range(0, 25, 5):
            page = list_requests(session, Filter(skip=skip, limit=5), STAMP)
            assert len(rows.find(session, [(row[0], row[1]) for row in page.rows])) == 5
            assert len(rows._rows) <= 10
