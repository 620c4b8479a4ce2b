"""The best matches come first, then the newest, in whichever way the list is read."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.maintenance_request import MaintenanceRequest
from models.queries.listing import search
from models.queries.requests import Filter, list_requests, list_rows, read_cursor, write_cursor
from models.words import Category
from tests.factories import RequestFactory

START = datetime(2026, 1, 1, tzinfo=UTC)
# By how well they fit the queries 누수 and leak.
BEGINNING = ("누수가 있어요", "천장에서 누수 발생", "보일러(누수)", "The leak again", "a big leak")
INSIDE = ("화장실누수가 심해요", "벽에서 누 수 있음", "an oilleak", "it unleaks")
OTHER = ("전등이 나갔어요", "no power", "누숩니다")
QUERIES = ("누수", "leak")


def _rank(description: str, query: str) -> int | None:
    if query not in description.replace(" ", ""):
        return None
    return 1 if description in BEGINNING else 2


@pytest.fixture
def corpus(session: Session) -> list[MaintenanceRequest]:
    """Sixty requests, several at the same moment."""
    chance = random.Random(7)
    return [
        RequestFactory(
            description=chance.choice(BEGINNING + INSIDE + OTHER),
            location="",
            requester_name="",
            category=chance.choice((Category.PLUMBING, Category.PEST)),
            created_at=START + timedelta(hours=chance.randrange(20)),
        )
        for _ in range(60)
    ]


def _expected(corpus: list[MaintenanceRequest], query: str) -> list[int]:
    ranked = [(rank, row) for row in corpus if (rank := _rank(row.description, query))]
    return [
        row.id
        for _, row in sorted(ranked, key=lambda it: (-it[0], it[1].created_at, it[1].id))[::-1]
    ]


def _paged(session: Session, wanted: Filter) -> list[int]:
    seen: list[int] = []
    while True:
        page = list_requests(session, wanted)
        seen += [row.id for row in page.rows]
        if not page.next_cursor:
            return seen
        wanted = replace(wanted, after=read_cursor(page.next_cursor), skip=0)


@pytest.mark.parametrize("first_scan", [1, 5, 600])
@pytest.mark.parametrize("window", [1, 4, 12, 5000])
@pytest.mark.parametrize("query", QUERIES)
def test_pages_by_cursor_show_each_match_once_in_rank_order(
    session: Session,
    corpus: list[MaintenanceRequest],
    monkeypatch: pytest.MonkeyPatch,
    query: str,
    window: int,
    first_scan: int,
) -> None:
    """For any number of rows and steps that are scanned before the index is used."""
    monkeypatch.setattr(search, "WINDOW", window)
    monkeypatch.setattr(search, "FIRST_SCAN", first_scan)
    expected = _expected(corpus, query)
    assert len(expected) > 14
    whole = list_requests(session, Filter(q=query, limit=500))
    assert [row.id for row in whole.rows] == expected
    assert (whole.total, whole.next_cursor) == (len(expected), "")
    for limit in (1, 7):
        assert _paged(session, Filter(q=query, limit=limit)) == expected


@pytest.mark.parametrize("window", [1, 12, 5000])
def test_skip_counts_through_the_tiers(
    session: Session,
    corpus: list[MaintenanceRequest],
    monkeypatch: pytest.MonkeyPatch,
    window: int,
) -> None:
    monkeypatch.setattr(search, "WINDOW", window)
    expected = _expected(corpus, "누수")
    for skip in range(0, len(expected) + 3, 3):
        page = list_requests(session, Filter(q="누수", skip=skip, limit=5))
        assert [row.id for row in page.rows] == expected[skip : skip + 5]
        assert page.total == len(expected)
    assert _paged(session, Filter(q="누수", skip=4, limit=5)) == expected[4:]


@pytest.mark.parametrize("first_scan", [2, 600])
@pytest.mark.parametrize("window", [1, 12, 5000])
def test_filters_go_with_ranking(
    session: Session,
    corpus: list[MaintenanceRequest],
    monkeypatch: pytest.MonkeyPatch,
    window: int,
    first_scan: int,
) -> None:
    monkeypatch.setattr(search, "WINDOW", window)
    monkeypatch.setattr(search, "FIRST_SCAN", first_scan)
    until = START + timedelta(hours=15)
    chosen = [row for row in corpus if row.category == Category.PEST and row.created_at < until]
    wanted = Filter(q="누수", category=(Category.PEST,), created_to=until, limit=3)
    assert _paged(session, wanted) == _expected(chosen, "누수")


@pytest.mark.parametrize("window", [1, 12, 5000])
@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("sort", ["created_at", "updated_at"])
def test_the_requested_order_is_used(
    session: Session,
    corpus: list[MaintenanceRequest],
    monkeypatch: pytest.MonkeyPatch,
    sort: str,
    descending: bool,
    window: int,
) -> None:
    monkeypatch.setattr(search, "WINDOW", window)
    matches = [row for row in corpus if _rank(row.description, "누수")]
    matches.sort(key=lambda row: (getattr(row, sort), row.id), reverse=descending)
    wanted = Filter(q="누수", sort=sort, descending=descending, ranked=False, limit=7)
    assert _paged(session, wanted) == [row.id for row in matches]


def test_a_cursor_without_a_tier_goes_on_by_time(
    session: Session, corpus: list[MaintenanceRequest]
) -> None:
    by_time = list_requests(session, Filter(q="누수", ranked=False, limit=7))
    after = read_cursor(by_time.next_cursor)
    assert by_time.next_cursor.count(".") == 1
    rest = _paged(session, Filter(q="누수", limit=7, after=after))
    assert rest == _paged(session, Filter(q="누수", ranked=False, limit=7))[7:]


def test_cursors_read_back(session: Session, corpus: list[MaintenanceRequest]) -> None:
    _, position = list_rows(session, Filter(q="누수", limit=2), MaintenanceRequest.id)
    assert position is not None
    assert read_cursor(write_cursor(position)) == position
    for broken in ("3.1.1", "1.1.1.1", "1", "", ".1.1", "-1.1"):
        with pytest.raises(ValueError, match=r"^$"):
            read_cursor(broken)


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("ACDE-FGHJ", {"reference": "ACDE-FGHJ"}),
        ("acdefghj", {"reference": "ACDE-FGHJ"}),
        ("hong@example.org", {"contact_info": "hong@example.org"}),
        ("010-2345-6789", {"contact_info": "010-2345-6789 hong@example.org"}),
        ("302호", {"location": "B동 3층 302호"}),
    ],
)
def test_exact_matches_come_first(session: Session, query: str, best: dict[str, str]) -> None:
    plain = {"location": "", "requester_name": "", "contact_info": ""}
    exact = RequestFactory(**(plain | {"created_at": START} | best))
    begins = RequestFactory(**plain, description=f"{query}x 아님", created_at=START)
    inside = RequestFactory(**plain, description=f"x{query}x", created_at=START)
    found_rows = list_requests(session, Filter(q=query)).rows
    assert [row.id for row in found_rows] == [exact.id, begins.id, inside.id]


def test_words_written_together_count_as_beginning(session: Session) -> None:
    inside = RequestFactory(description="윗화장실 밑누수", created_at=START + timedelta(days=2))
    together = RequestFactory(description="화장실누수", created_at=START)
    apart = RequestFactory(description="누수 화장실", created_at=START + timedelta(days=1))
    rows = list_requests(session, Filter(q="화장실 누수")).rows
    assert [row.id for row in rows] == [apart.id, together.id, inside.id]


def test_words_of_the_location_filter_are_searched_in_the_location(session: Session) -> None:
    rows = [RequestFactory(description="누수 별관", location=name) for name in ("본관", "별관")]
    found_rows = list_requests(session, Filter(q="누수", location="별관")).rows
    assert [row.id for row in found_rows] == [rows[1].id]


@pytest.mark.parametrize("first_scan", [1, 7, 600])
@pytest.mark.parametrize("enough", [1, 5, 1000])
@pytest.mark.parametrize(
    "filters",
    [{}, {"category": ("pest",)}, {"created_to": START + timedelta(hours=9)}, {"q": "없음"}],
)
def test_the_count_with_the_page_is_right(
    session: Session,
    corpus: list[MaintenanceRequest],
    monkeypatch: pytest.MonkeyPatch,
    filters: dict[str, Any],
    enough: int,
    first_scan: int,
) -> None:
    monkeypatch.setattr(search, "FIRST_SCAN", first_scan)
    wanted = replace(Filter(q="누수"), **filters)
    expected = min(enough, len(list_rows(session, wanted, MaintenanceRequest.id)[0]))
    for limit in (1, 20):
        counted = search.find_positions(session, replace(wanted, limit=limit), enough=enough).total
        assert counted == expected
        assert search.count_some(session, replace(wanted, limit=limit), enough) == expected
