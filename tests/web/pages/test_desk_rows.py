"""A row of the list is written once and kept: each caller still gets their own."""

from collections.abc import Callable
from urllib.parse import urlencode

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.user import User
from models.words import Priority
from tests.factories import RequestFactory, UserFactory
from tests.web.pages.conftest import csrf
from tests.web.pages.document import read


def test_each_caller_and_list_has_its_own_forms(
    enter: Callable[[User | None], FlaskClient], session: Session
) -> None:
    row = RequestFactory(location="<별관> & 2층")
    first, second = UserFactory(), UserFactory()
    tokens = set()
    for user in (first, second, first):
        browser = enter(user)
        tokens.add(csrf(browser))
        for query in ({"view": "all"}, {"view": "all", "location": row.location}):
            page = read(browser.get("/desk", query_string=query))
            assert page.one("li", class_="row")["data-id"] == str(row.id)
            found = {
                name: {one["value"] for one in page.all("input", name=name)}
                for name in ("csrf_token", "here")
            }
            assert found == {"csrf_token": {csrf(browser)}, "here": {urlencode(query)}}
    assert len(tokens) == 2


def test_a_row_that_changed_is_written_anew(desk: FlaskClient, session: Session) -> None:
    row = RequestFactory(priority=Priority.LOW)
    session.commit()
    assert "Low" in read(desk.get("/desk?view=all")).one("li", class_="row").text
    row.priority = Priority.URGENT
    session.commit()
    assert "Urgent" in read(desk.get("/desk?view=all")).one("li", class_="row").text
    assert "긴급" in read(desk.get("/desk?view=all&lang=ko")).one("li", class_="row").text
