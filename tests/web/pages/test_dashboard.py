"""The dashboard: the same numbers as the API, as bars and as tables."""

from datetime import UTC, date, datetime, timedelta

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.words import Category, Priority
from tests.factories import RequestFactory
from tests.web.pages.document import read
from web.pages.charts import columns_of


def test_bars_and_tables_say_the_same_as_the_rows(desk: FlaskClient, session: Session) -> None:
    for _ in range(4):
        RequestFactory(category=Category.HVAC, priority=Priority.LOW)
    RequestFactory(completed=True, created_at=datetime.now(UTC) - timedelta(hours=5))
    session.commit()
    page = read(desk.get("/desk/dashboard"))
    totals = [total.text.strip() for total in page.all("dd")]
    assert totals[0] == "5" and totals[1] == "4" and totals[3] == "2.0 h"
    hvac = page.one("rect", class_="fill category-hvac")
    assert hvac["width"] == "100.0%"
    assert page.one("rect", class_="fill category-plumbing")["width"] == "25.0%"
    assert page.one("svg", role="img")["aria-label"]
    rows = {" ".join(row.text.split()) for row in page.all("tr")}
    assert {"Heating and cooling 4", "Urgent 0"} <= rows


def test_an_empty_house_has_a_dashboard_too(desk: FlaskClient) -> None:
    page = read(desk.get("/desk/dashboard?lang=ko"))
    assert "아직 없음" in page.text
    assert len(page.all("rect", class_="hit")) == 30


def test_days_without_requests_are_columns_too() -> None:
    columns = columns_of({"2026-03-01": 2, "2026-02-27": 1, "2020-01-01": 9}, last=date(2026, 3, 1))
    assert len(columns) == 30
    assert [column.count for column in columns[-3:]] == [1, 0, 2]
    assert [column.height for column in columns[-3:]] == [50.0, 0.0, 100.0]
