"""Error pages must not need what has just failed."""

import pytest
from flask import Flask, g
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import DetachedInstanceError

from tests.factories import UserFactory
from tests.web.pages.conftest import ACCEPT
from web.http.problems import Problem
from web.pages.problems import problem_page


@pytest.mark.parametrize(("path", "method"), [("/desk", "GET"), ("/api/requests", "POST")])
def test_an_outage_has_a_page_that_asks_the_database_nothing(
    app: Flask, session: Session, path: str, method: str
) -> None:
    user = UserFactory()
    session.expire(user)
    session.expunge(user)
    with pytest.raises(DetachedInstanceError):
        str(user.name)  # as after an outage: whoever looks at it goes to the database
    headers = {"Accept": ACCEPT, "Accept-Language": "en"}
    with app.test_request_context(path, method=method, headers=headers):
        g.user, g.request_id = user, "call-1"
        response = problem_page(Problem(503, "database_away", headers={"Retry-After": "5"}))
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert "Please send the same again in a moment." in response.get_data(as_text=True)
