"""The dashboard: each number is that of the list behind it, also in its files."""

import csv
import io
import re
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models import wiring
from models.words import Category, Priority
from tests.factories import RequestFactory, UserFactory
from tests.many_requests import PLACES, make_many
from tests.web.pages.document import Document, read

WEEK = {"created_from": "2026-03-04", "created_to": "2026-03-10"}


def _number(words: str) -> int:
    found = re.search(r"[\d,]+", words)
    assert found, words
    return int(found.group().replace(",", ""))


def _listed(desk: FlaskClient, address: str) -> int:
    (count,) = read(desk.get(address)).all("p", class_="count")
    return _number(count.text)


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"category": ["hvac", "plumbing"], "status": "completed"},
        {"location": "본관 1층"},
        {"location": "tower", "priority": "high"},
        {"assignee": "Park & Co"},
    ],
)
def test_every_number_is_that_of_its_list(
    desk: FlaskClient, session: Session, filters: dict[str, str]
) -> None:
    make_many(session, 120)
    page = read(desk.get(f"/desk/dashboard?{urlencode({**WEEK, **filters}, doseq=True)}"))
    seen = _counted_links(page)
    assert len(seen) > 30
    for address, count in seen.items():
        assert _listed(desk, address) == count, address


def _counted_links(page: Document) -> dict[str, int]:
    """The addresses of lists, each with the number that stands beside it."""
    found, elements = {}, page.elements
    for place, element in enumerate(elements):
        address = element.get("href") or ""
        if element.tag != "a" or not address.startswith("/desk?") or element.get("tabindex"):
            continue
        kind = elements[place - 1]
        if kind.tag == "th":
            number = next(e for e in elements[place:] if e.get("class") == "number")
            found[address] = _number(number.text)
        elif kind.tag == "dd" and re.fullmatch(r"[\d,]+", element.text):
            found[address] = _number(element.text)
    return found


def test_what_was_corrected_is_the_list_behind_the_accuracy(
    desk: FlaskClient, session: Session
) -> None:
    make_many(session, 120)
    page = read(desk.get(f"/desk/dashboard?{urlencode(WEEK)}"))
    (link,) = (a for a in page.all("a") if "corrected=true" in (a.get("href") or ""))
    said = re.search(r"(\d+) of \d+ corrected", page.text)
    assert said and int(said.group(1)) == _listed(desk, link["href"]) > 0


def test_ratings_are_the_list_behind_them(desk: FlaskClient, session: Session) -> None:
    make_many(session, 120)
    page = read(desk.get(f"/desk/dashboard?{urlencode(WEEK)}"))
    (link,) = (a for a in page.all("a") if (a.get("href") or "").count("rating=") == 5)
    said = re.search(r"([\d.]+) / 5 mean of (\d+) ratings", page.text)
    assert said and int(said.group(2)) == _listed(desk, link["href"]) > 0
    shown = read(desk.get(link["href"]))
    assert "Rated 1, 2, 3, 4, 5 of 5" in shown.text
    assert [one["value"] for one in shown.all("input", type="hidden", name="rating")] == [*"12345"]


def test_periods_and_filters_stand_in_the_address(desk: FlaskClient, session: Session) -> None:
    for _ in range(4):
        RequestFactory(category=Category.HVAC, priority=Priority.LOW)
    RequestFactory(completed=True)
    session.commit()
    page = read(desk.get("/desk/dashboard?period=7&category=hvac"))
    (chosen,) = (
        a
        for a in page.all("a")
        if a.get("aria-current") and a["href"].startswith("/desk/dashboard?category")
    )
    assert chosen.text == "7 days"
    assert "period=7" in chosen["href"] and "category=hvac" in chosen["href"]
    assert page.one("rect", class_="fill category-hvac")["width"] == "100.0%"
    assert "Received 4 period before: 0" in page.text
    assert page.by_name("created_from")["value"] < page.by_name("created_to")["value"]
    assert "Received 5 period before: 0" in read(desk.get("/desk/dashboard")).text


def test_an_empty_house_has_a_dashboard_too(desk: FlaskClient) -> None:
    page = read(desk.get("/desk/dashboard?lang=ko"))
    assert "아직 없음" in page.text
    assert len(page.all("rect", class_="hit")) == 90


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("created_from=2026-03-02&created_to=2026-03-01", "created_to"),
        ("created_from=2026-03-03&created_to=2026-03-01", "created_to"),
        ("created_from=2026-03-03&created_to=1990-03-01", "created_to"),
        ("created_from=2024-01-01&created_to=2026-03-01", "created_from"),
        ("created_to=0001-01-20", "created_to"),
        ("created_from=0001-01-01&created_to=1900-01-01", "created_from"),
        ("created_from=2026-02-30", "created_from"),
        ("created_from=20260301", "created_from"),
        ("period=8", "period"),
        ("status=lost", "status"),
        ("q=water", "q"),
    ],
)
def test_what_makes_no_sense_is_refused(desk: FlaskClient, query: str, field: str) -> None:
    for path in ("/desk/dashboard", "/desk/dashboard.csv", "/desk/dashboard.pdf", "/api/stats"):
        answer = desk.get(f"{path}?{query}", headers={"Accept": "application/json"})
        assert answer.status_code == 422, path
        assert [error["field"] for error in answer.get_json()["errors"]] == [field]


def test_the_spreadsheet_has_the_same_numbers_and_no_formulas(
    desk: FlaskClient, session: Session
) -> None:
    make_many(session, 60)
    RequestFactory(created_at=datetime(2026, 3, 5, 3, tzinfo=UTC), location="=HYPERLINK(1)")
    session.commit()
    query = urlencode({**WEEK, "lang": "ko"})
    answer = desk.get(f"/desk/dashboard.csv?{query}")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert 'filename="haja-2026-03-04-2026-03-10.csv"' in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert ["접수가 많은 위치", "'=HYPERLINK(1)", "1", ""] in rows
    figures = desk.get(f"/api/stats?{urlencode(WEEK)}").get_json()
    assert ["2026-03-04 ~ 2026-03-10", "현재 미완료", str(figures["open"]), ""] in rows
    for place, count in figures["by_location"].items():
        assert ["접수가 많은 위치", place.replace("=H", "'=H"), str(count), ""] in rows


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_document_is_one_page_with_its_own_font(
    desk: FlaskClient, session: Session, language: str
) -> None:
    make_many(session, 60)
    query = urlencode({**WEEK, "lang": language, "location": PLACES[-1]})
    answer = desk.get(f"/desk/dashboard.pdf?{query}")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF") and answer.data.count(b"/Type /Page\n") == 1
    fonts = set(re.findall(rb"/BaseFont /\w+\+(\w+)", answer.data))
    assert fonts == {b"NotoSansKR"}, fonts


def test_a_strange_place_does_not_break_the_document(desk: FlaskClient, session: Session) -> None:
    RequestFactory(location="<&\"'\x01\ufffe 긴 위치 " + "가" * 300)
    session.commit()
    assert desk.get("/desk/dashboard.pdf").data.startswith(b"%PDF")


def test_only_operators_see_it(browser: FlaskClient, session: Session) -> None:
    UserFactory()
    session.commit()
    for ending in ("", ".csv", ".pdf"):
        assert browser.get(f"/desk/dashboard{ending}").status_code == 303


def test_the_chart_of_a_report_has_korean_letters() -> None:
    """The same font as the document's, whatever the machine has: boxes would all be alike."""
    from models.chart_svg import document, text

    def drawn(letters: str) -> bytes:
        svg = document([text(4, 20, letters)], width=60, height=30)
        return wiring.chart_renderer()(svg)

    assert len({drawn("가"), drawn("나"), drawn("힣")}) == 3
