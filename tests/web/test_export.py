"""``flask export requests`` and ``GET /api/requests.csv``."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.maintenance_request import MaintenanceRequest
from models.queries.listing import all_pages
from models.words import Category, Priority, Status
from tests.conftest import empty_tables
from tests.factories import RequestFactory, using
from tests.web.conftest import Headers
from tests.web.problems import check_problem
from tests.web.spreadsheet_files import bring_in, read_csv, run

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ODD = (
    '=HYPERLINK("http://example.org")',
    "+82 10-1234-5678",
    "-5도입니다",
    "@골뱅이",
    "＝전각",
    "'=이미 막은 것",
    "'그냥 따옴표",
    '"따옴표", 쉼표; 줄\n바꿈',
    "끝에 역슬래시\\",
    "🔧 이모지",
)


def _make_all_kinds() -> None:
    for n, text in enumerate(ODD):
        RequestFactory(
            description=text,
            location=" ".join(text.split()),
            created_at=NOON + timedelta(minutes=n),
        )
    for category in Category:
        RequestFactory(category=category, priority=Priority.LOW, created_at=NOON)
    for status in set(Status) - {Status.COMPLETED}:
        RequestFactory(
            status=status, categorized=True, unsure=True, assignee="박기사", created_at=NOON
        )
    RequestFactory(completed=True, english=True, created_at=NOON)


def _picture(session: Session) -> list[dict[str, Any]]:
    """Everything about the requests that is not about this database."""
    session.expire_all()
    own = {"id", "idempotency_key", "content_hash", "submitted_by", "version", "danger"}
    names = [c.name for c in MaintenanceRequest.__table__.columns if c.name not in own]
    rows = session.scalars(select(MaintenanceRequest).order_by(MaintenanceRequest.reference))
    return [{name: getattr(row, name) for name in names} for row in rows]


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_an_export_reads_back_to_the_same_requests(
    app: Flask,
    committed: Callable[[], Session],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    suffix: str,
) -> None:
    monkeypatch.setattr(all_pages, "PAGE", 7)
    file = tmp_path / f"all.{suffix}"
    with committed() as session:
        with using(session):
            _make_all_kinds()
        session.commit()
        before = _picture(session)
    done = run(app, "export", "requests", file)
    assert done.exit_code == 0, done.output
    assert f"{len(before)} requests" in done.output
    empty_tables()
    assert f"{len(before)} new, 0 there before, 0 refused" in bring_in(app, file)
    with committed() as session:
        assert _picture(session) == before
    assert "0 new" in bring_in(app, file)


@pytest.mark.usefixtures("in_transaction")
def test_an_export_can_be_filtered(app: Flask, session: Session, tmp_path: Path) -> None:
    RequestFactory(category=Category.PEST, created_at=NOON, location="a")
    RequestFactory(category=Category.PEST, created_at=NOON + timedelta(days=2), location="b")
    RequestFactory(created_at=NOON, location="c")
    session.commit()
    file = tmp_path / "some.jsonl"

    def exported(*options: str) -> list[str]:
        done = run(app, "export", "requests", file, *options)
        assert done.exit_code == 0, done.output
        return [json.loads(line)["location"] for line in file.read_text().splitlines()]

    assert exported("--category", "해충") == ["a", "b"]
    assert exported("--from", "2026-03-02") == ["b"]
    assert exported("--to", "2026-03-02", "--status", "pending") == ["a", "c"]
    assert exported("--priority", "urgent") == []
    for wrong in (("--status", "x"), ("--from", "gestern")):
        assert run(app, "export", "requests", file, *wrong).exit_code == 2
    assert run(app, "export", "requests", tmp_path / "a.xlsx").exit_code == 1


def _table(client: FlaskClient, headers: Headers, query: str = "") -> list[list[str]]:
    answer = client.get(f"/api/requests.csv{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return read_csv(answer.data)


def test_a_spreadsheet_in_the_callers_language(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    RequestFactory(completed=True, description="물이 새요", created_at=NOON)
    answer = client.get("/api/requests.csv", headers=operator | {"Accept-Language": "ko"})
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith(
        'attachment; filename="haja-requests-20'
    )
    assert "no-store" in answer.headers["Cache-Control"]
    headings, row = read_csv(answer.data)
    korean = dict(zip(headings, row, strict=True))
    assert (korean["내용"], korean["상태"], korean["분류"]) == ("물이 새요", "완료", "배관·누수")
    assert (korean["접수일시"], korean["완료일시"]) == (
        "2026-03-01 21:00:00",
        "2026-03-01 23:00:00",
    )
    english = _table(client, operator | {"Accept-Language": "en"})
    assert {"Description", "Contact info", "Created at"} <= set(english[0])
    assert "Completed" in english[1]


def test_no_cell_calculates(client: FlaskClient, session: Session, operator: Headers) -> None:
    for n, text in enumerate(ODD):
        RequestFactory(description=text, requester_name=text[:20], created_at=NOON + timedelta(n))
    rows = _table(client, operator, "?sort=created_at&lang=en")
    place = rows[0].index("Description")
    for text, row in zip(ODD, rows[1:], strict=True):
        assert row[place] in (text, f"'{text}")
        for cell in row:
            assert not cell or cell[0] not in "=+-@\t\r＝＋－＠", cell


def test_all_of_a_filtered_list_and_nothing_else(
    client: FlaskClient, session: Session, operator: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(all_pages, "PAGE", 3)
    rows = [RequestFactory(categorized=True, created_at=NOON).id for _ in range(7)]
    RequestFactory(created_at=NOON, description="전등이 깜박")
    for query, expected in (
        ("?category=plumbing", rows[::-1]),
        ("?category=plumbing&sort=created_at", rows),
        ("?category=pest", []),
    ):
        assert [int(row[0]) for row in _table(client, operator, query)[1:]] == expected
    assert len(_table(client, operator, "?q=전등")) == 2
    check_problem(client.get("/api/requests.csv?status=open", headers=operator), 422, "status")


def test_operators_only(client: FlaskClient, session: Session) -> None:
    check_problem(client.get("/api/requests.csv"), 401)


def test_the_desk_links_to_the_same_list(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    RequestFactory(categorized=True)
    page = client.get("/desk?category=plumbing&cursor=", headers=operator).text
    assert 'href="/api/requests.csv?view=all&amp;category=plumbing"' in page


@pytest.mark.parametrize("query", ["limit=2", "skip=3", "cursor=", "categry=pest", "q=a&q=b"])
def test_what_a_whole_list_does_not_take_is_refused(
    client: FlaskClient, session: Session, operator: Headers, query: str
) -> None:
    answer = client.get(f"/api/requests.csv?{query}", headers=operator)
    check_problem(answer, 422, query.partition("=")[0])
