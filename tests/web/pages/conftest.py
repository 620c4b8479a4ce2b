"""A browser without JavaScript, and one that is logged in."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.user import User
from tests.factories import PASSWORD, UserFactory

# What Chromium sends when it opens a page.
ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.fixture
def browser(client: FlaskClient) -> FlaskClient:
    client.environ_base.update(HTTP_ACCEPT=ACCEPT, HTTP_ACCEPT_LANGUAGE="en-GB,en;q=0.9,ko;q=0.8")
    return client


@pytest.fixture
def enter(
    app: Flask, browser: FlaskClient, session: Session
) -> Callable[[User | None], FlaskClient]:
    """``enter(user)`` logs the browser in by the form; without a user, as a new operator."""

    def log_in(user: User | None = None) -> FlaskClient:
        user = user or UserFactory()
        session.commit()
        answer = browser.post("/login", data={"username": user.username, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return browser

    return log_in


@pytest.fixture
def desk(enter: Callable[[User | None], FlaskClient]) -> FlaskClient:
    """A browser that an operator logged in with."""
    return enter(None)


def csrf(browser: FlaskClient) -> str:
    cookie = browser.get_cookie("haja_csrf")
    assert cookie is not None
    return cookie.value
