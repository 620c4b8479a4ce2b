"""Search finds Korean inside words and across spaces, English by parts, and never fails."""

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.queries.listing.conditions import Parameters
from models.queries.listing.ranking import mentions
from models.queries.requests import Filter, list_requests
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
def test_variants_of_a_word_are_found(session: Session, query: str, description: str) -> None:
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
def test_similar_words_are_not_found(session: Session, query: str, description: str) -> None:
    RequestFactory(description=description, location="Z")
    assert _found(session, query) == set()


def test_locations_references_and_people_are_found(session: Session) -> None:
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


# Text that may cause errors in patterns, strings, encodings or scripts.
_ODD = (
    "%", "_", "\\", "'", '"', "/", "|", "$$", "--", ";", ":x", "%s", "%(q)s", "\0", "\x1f", "누", "누수",
    "leak", "3", " ", "\u3000", "\u200b", "\u00ad", "🔧", "👩‍🔧", "ㄴ", "ㅜ", "\u1102", "\u116e", "\u11ab",
    "e\u0301", "\u0301", "\u20dd", "ﬀ", "ß", "İ", "\u202e", "تسرب", "נזילה", "\ufffd", "¨", "@", "-", ".com",
)  # fmt: skip
_ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
_MADE_OF_ODD = st.lists(st.sampled_from(_ODD), max_size=12).map("".join)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_ANY | _MADE_OF_ODD, st.booleans())
def test_no_query_fails(session: Session, query: str, ranked: bool) -> None:
    """Nor does the list differ from its count."""
    for wanted in (Filter(q=query, ranked=ranked), Filter(location=query, ranked=ranked)):
        page = list_requests(session, wanted)
        assert len(page.rows) == page.total
    assert all(fold_for_search(term) == term for term in terms_of(query))


@pytest.mark.parametrize("part", _ODD)
def test_queries_of_four_thousand_characters_work(session: Session, part: str) -> None:
    query = (part * 4000)[:4000]
    assert list_requests(session, Filter(q=query)).rows == []
    assert list_requests(session, Filter(q=f"{part} " * 2000)).rows == []


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from((*_ODD[:-20], "تسرب", "🔧", "-")), min_size=1, max_size=6))
def test_a_description_is_found_by_its_own_text(session: Session, parts: list[str]) -> None:
    description = "".join(parts).replace("\0", "").replace("\x1f", "")
    row = RequestFactory(description=description, location="")
    findable = any(letter.isalnum() for letter in fold_for_search(description))
    words = terms_of(description)
    if findable and len(words) == 1 and len(words[0]) >= 3:
        assert row.id in [found.id for found in list_requests(session, Filter(q=description)).rows]


@pytest.mark.parametrize(
    "query", ["%", "%%%", "---", "🔧", "🔧🔧🔧", "\\", "''", "\u0301\u0301\u0301"]
)
def test_words_without_letters_find_nothing_and_are_ignored_beside_others(
    session: Session, query: str
) -> None:
    """They have no trigram, so the whole table would have to be read to find them."""
    row = RequestFactory(description=f"누수 {query} leak", location="")
    assert list_requests(session, Filter(q=query)).total == 0
    assert [found.id for found in list_requests(session, Filter(q=f"누수 {query}")).rows] == [
        row.id
    ]


def test_words_are_searched_by_the_index(session: Session) -> None:
    session.execute(text("SET LOCAL enable_seqscan = off"))
    for query in (
        "누수",
        "물",
        "leak",
        "302호",
        "누",
        "a%",
        "%%a",
        "--x-",
        ".com",
        "é",
        "é́é",
        "ㄴ",
    ):
        statement = _statement(session, query)
        assert "ix_search_texts_jamo" in statement, (query, statement)


def _statement(session: Session, query: str) -> str:
    """The plan of a search for ``query``."""
    parameters = Parameters()
    statement = text(f"EXPLAIN SELECT FROM search_texts s WHERE {mentions(query, parameters)}")
    return "\n".join(session.execute(statement, parameters).scalars())
