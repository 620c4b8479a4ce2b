"""Who calls the API in a test."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.maintenance_request import MaintenanceRequest
from models.services.links import sign_reference
from models.services.logins import open_login
from models.user import User
from tests.factories import UserFactory
from web.http.auth import make_tokens

Headers = dict[str, str]


@pytest.fixture
def log_in(app: Flask, session: Session) -> Callable[..., Headers]:
    """``log_in(user)`` is the header of a fresh login; without a user, of a new operator."""

    def headers(user: User | None = None) -> Headers:
        login = open_login(session, user or UserFactory())
        session.commit()
        with app.test_request_context():
            return {"Authorization": f"Bearer {make_tokens(login)['access_token']}"}

    return headers


@pytest.fixture
def operator(log_in: Callable[..., Headers]) -> Headers:
    return log_in()


def link_token(request: MaintenanceRequest) -> str:
    return sign_reference(get_settings(), request.reference, request.link_version)
