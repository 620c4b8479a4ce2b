"""Search finds Korean inside words and across spaces, English by parts, and fails on nothing."""

import unicodedata
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.queries.requests import Filter, list_requests
from models.queries.search import mentions
from models.search_text import SearchText
from models.services.search import fold_for_search, terms_of
from tests.factories import RequestFactory


def _found(session: Session, query: str) -> set[str]:
    return {row.description for row in list_requests(session, Filter(q=query)).rows}


@pytest.mark.parametrize(
    ("query", "description"),
    [
        ("누수", "화장실누수"),
        ("누수", "천장에서 누수가 발생"),
        ("누수", "벽에서 누 수 있음"),
        ("누 수", "화장실누수"),
        (unicodedata.normalize("NFD", "누수"), "화장실누수"),
        ("누수", unicodedata.normalize("NFD", "화장실누수")),
        ("leak", "It was leaking all night"),
        ("LEAK night", "It was leaking all night"),
        ("leak 천장", "천장 leak 심함"),
        ("물", "물이 새요"),
        ("ａｃ", "The AC is dead"),
        ("100%", "습도가 100%"),
        ("a_b", "file a_b"),
        ("c:\\x", "path c:\\x here"),
    ],
)
def test_what_is_meant_is_found(session: Session, query: str, description: str) -> None:
    RequestFactory(description=description)
    RequestFactory(description="다른 이야기", location="Z")
    assert _found(session, query) == {description}


@pytest.mark.parametrize(
    ("query", "description"),
    [
        ("누수", "누숩니다"),
        ("100%", "습도가 1000"),
        ("a_b", "file axb"),
        ("leak 없음", "It was leaking"),
        ("ㅁㄴㅇㄹ", "물이 새요"),
    ],
)
def test_what_only_looks_alike_is_not(session: Session, query: str, description: str) -> None:
    RequestFactory(description=description, location="Z")
    assert _found(session, query) == set()


def test_places_references_and_people_are_found(session: Session) -> None:
    row = RequestFactory(
        description="문이 안 닫힘",
        location="B동 3층 302호",
        requester_name="홍길동",
        contact_info="010-2345-6789 hong@example.org",
    )
    RequestFactory(location="A동 1층")
    for query in ("302호", "B동 3층", "b동3층", "홍길동", "2345-6789", "hong@example"):
        assert _found(session, query) == {row.description}, query
    assert _found(session, row.reference) == {row.description}
    assert _found(session, row.reference.replace("-", "").lower()) == {row.description}


def test_the_newest_come_first(session: Session) -> None:
    from datetime import UTC, datetime, timedelta

    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        RequestFactory(description=f"누수 {n}", created_at=start + timedelta(days=n))
        for n in (2, 1, 3)
    ]
    found = [row.id for row in list_requests(session, Filter(q="누수")).rows]
    assert found == [rows[2].id, rows[0].id, rows[1].id]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60))
def test_no_query_fails(session: Session, query: str) -> None:
    assert isinstance(list_requests(session, Filter(q=query)).total, int)
    assert all(fold_for_search(term) == term for term in terms_of(query))


def test_words_are_found_by_index(session: Session) -> None:
    session.execute(text("SET LOCAL enable_seqscan = off"))
    for query in ("누수", "물", "leak", "302호", "누"):
        statement = _statement(session, query)
        assert "ix_search_texts_jamo" in statement, (query, statement)


def _statement(session: Session, query: str) -> str:
    """The plan of looking for ``query``."""
    condition = mentions(query)
    assert condition is not None
    compiled: Any = select(SearchText.request_id).where(condition).compile(session.get_bind())
    plan = session.connection().exec_driver_sql("EXPLAIN " + str(compiled), compiled.params)
    return "\n".join(plan.scalars())
