"""Other requests of the same place."""

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.maintenance_request import MaintenanceRequest
from models.queries import neighbours
from models.queries.neighbours import list_neighbours
from tests.factories import RequestFactory

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def _ids(session: Session, row: MaintenanceRequest) -> list[int]:
    return [one.id for one in list_neighbours(session, row)]


@pytest.mark.parametrize(
    ("place", "same"),
    [
        ("본관 302호", ["본관302호", " 본관  302호", unicodedata.normalize("NFD", "본관 302호")]),
        ("Tower B 12", ["tower b 12", "ＴＯＷＥＲ　Ｂ　１２", "TowerB12"]),
    ],
)
def test_a_place_is_the_same_however_it_is_typed(
    session: Session, place: str, same: list[str]
) -> None:
    row = RequestFactory(location=place)
    found = {RequestFactory(location=one).id for one in same}
    for other in ("본관 302-1호", "Tower B 1", "", "%"):
        RequestFactory(location=other)
    assert set(_ids(session, row)) == found
    assert _ids(session, RequestFactory(location="")) == []


def test_open_ones_come_first_and_of_the_others_the_last_five(session: Session) -> None:
    def made(days: int, **traits: object) -> int:
        at = NOW + timedelta(days=days)
        found: int = RequestFactory(location="본관", created_at=at, **traits).id
        return found

    still_open = [made(day) for day in range(12)]
    over = [made(day, completed=True) for day in range(20, 27)]
    row = RequestFactory(location="본관", created_at=NOW)
    assert _ids(session, row) == [*still_open[:1:-1], *over[:1:-1]]


def test_the_place_is_found_by_its_index_and_few_rows_are_read(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many a place has."""
    RequestFactory.create_batch(5, location="본관")
    session.execute(text("SET LOCAL enable_seqscan = off"))
    session.execute(text("SET LOCAL enable_bitmapscan = off"))
    plan = session.execute(
        text(f"EXPLAIN {neighbours._FIND.text}"), {"id": 1, "place": "본관"}
    ).scalars()
    lines = "\n".join(plan)
    assert "ix_maintenance_requests_place" in lines and "Index Cond" in lines
    # The index has them in the order that is wanted: nothing is sorted before the limit.
    assert lines.index("Limit") < lines.index("ix_maintenance_requests_place")
    assert "Sort" not in lines[lines.index("Limit") :]
