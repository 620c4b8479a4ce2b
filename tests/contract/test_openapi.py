"""The OpenAPI document is right: for all that schemathesis sends, each answer is as described.

``HAJA_FUZZ_EXAMPLES=150`` makes a longer run.
"""

import logging
import os
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from config.settings import Settings
from models.services.logins import open_login
from models.words import Role
from tests.contract.fuzzing import fuzz
from tests.factories import PhotoFactory, RequestFactory, UserFactory, using
from web.http.auth import make_tokens

log = logging.getLogger(__name__)

EXAMPLES = int(os.environ.get("HAJA_FUZZ_EXAMPLES") or 15)
VAPID_KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"  # of RFC 8291, appendix A


@pytest.fixture
def rows(committed: Callable[[], Session]) -> Iterator[Session]:
    with committed() as session, using(session):
        for _ in range(3):
            PhotoFactory(request_id=RequestFactory(categorized=True).id)
        session.commit()
        yield session


@pytest.fixture
def no_rate_limits(settings_with: Callable[..., Settings]) -> None:
    """No caller makes as many calls as this test."""
    most = "1000000 per minute"
    settings_with(API_RATE_LIMIT=most, INTAKE_RATE_LIMIT=most, VAPID_PRIVATE_KEY=VAPID_KEY)


@pytest.mark.parametrize("caller", ["nobody", Role.OPERATOR, Role.MANAGER])
def test_every_answer_is_as_described(
    app: Flask, rows: Session, no_rate_limits: None, caller: str
) -> None:
    result = fuzz(app, _headers(app, rows, caller), examples=EXAMPLES)
    log.info("%s: %d calls, %s", caller, result.calls.total(), sorted(result.statuses.items()))
    assert not result.failures, "\n\n".join(
        f"{what}\n{why}" for what, why in sorted(result.failures.items())
    )
    assert len(result.calls) >= 13 and min(result.calls.values()) >= min(EXAMPLES, 10)


def _headers(app: Flask, session: Session, caller: str) -> dict[str, str]:
    if caller == "nobody":
        return {}
    login = open_login(session, UserFactory(role=caller))
    session.commit()
    with app.test_request_context():
        return {"Authorization": f"Bearer {make_tokens(login)['access_token']}"}
