"""The document tells the truth: whatever schemathesis sends, each answer is as described.

``HAJA_FUZZ_EXAMPLES=150`` makes the long run of what is shortened here.
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


@pytest.fixture
def rows(committed: Callable[[], Session]) -> Iterator[Session]:
    with committed() as session, using(session):
        for _ in range(3):
            PhotoFactory(request_id=RequestFactory(categorized=True).id)
        session.commit()
        yield session


@pytest.fixture
def open_doors(settings_with: Callable[..., Settings]) -> None:
    """Nobody calls as often as this test does."""
    settings_with(API_RATE_LIMIT="1000000 per minute", INTAKE_RATE_LIMIT="1000000 per minute")


@pytest.mark.parametrize("caller", ["nobody", Role.OPERATOR, Role.MANAGER])
def test_every_answer_is_as_described(
    app: Flask, rows: Session, open_doors: None, caller: str
) -> None:
    verdict = fuzz(app, _headers(app, rows, caller), examples=EXAMPLES)
    log.info("%s: %d calls, %s", caller, verdict.calls.total(), sorted(verdict.statuses.items()))
    assert not verdict.complaints, "\n\n".join(
        f"{what}\n{why}" for what, why in sorted(verdict.complaints.items())
    )
    assert len(verdict.calls) >= 13 and min(verdict.calls.values()) >= min(EXAMPLES, 10)


def _headers(app: Flask, session: Session, caller: str) -> dict[str, str]:
    if caller == "nobody":
        return {}
    login = open_login(session, UserFactory(role=caller))
    session.commit()
    with app.test_request_context():
        return {"Authorization": f"Bearer {make_tokens(login)['access_token']}"}
