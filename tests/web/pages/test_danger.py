"""Danger is told while a report is typed; nothing of it is stored."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.settings import Settings
from models.maintenance_request import MaintenanceRequest
from models.timeline_entry import TimelineEntry
from web.http import limits


@pytest.mark.parametrize(
    ("language", "typed", "danger", "call"),
    [
        ("ko", {"description": "가스 냄새가 나요"}, "gas", "밖으로 나가서 119 전화"),
        ("en", {"description": "I smell gas"}, "gas", "Call 119 from outside"),
        ("en", {"description": "Help", "location": "trapped in the lift"}, "trapped", "Call 119"),
        ("en", {"description": "The smoke detector chirps"}, "", None),
        ("ko", {"description": " "}, "", None),
    ],
)
def test_words_are_judged_by_the_rules_of_requests(
    client: FlaskClient,
    session: Session,
    language: str,
    typed: dict[str, str],
    danger: str,
    call: str | None,
) -> None:
    answer = client.post(f"/danger?lang={language}", json=typed)
    assert answer.status_code == 200
    told = answer.get_json()
    assert (told["danger"], told.get("call")) == (danger, call)
    assert ("119" in told.get("advice", "")) == bool(danger)
    assert "private" in answer.headers["Cache-Control"]
    for table in (MaintenanceRequest, TimelineEntry):
        assert session.scalar(select(func.count()).select_from(table)) == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"description": "%s"}' % (b"x" * 4001), 422),
        (b'{"description": "a", "location": "%s"}' % (b"x" * 201), 422),
        (b'{"description": "\\ud800"}', 422),
        (b'{"location": "a"}', 422),
        (b"[]", 400),
        (b'{"description": "%s"}' % (b"x" * 300_000), 413),
    ],
    ids=["long", "long place", "surrogate", "no words", "no object", "huge"],
)
def test_what_is_looked_at_is_bounded(client: FlaskClient, body: bytes, status: int) -> None:
    answer = client.post("/danger", data=body, content_type="application/json")
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"


def test_questions_have_a_limit_of_their_own(
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    settings_with: Callable[..., Settings],
) -> None:
    settings_with(INTAKE_RATE_LIMIT="1 per minute")
    monkeypatch.setattr(limits, "TYPING_LIMIT", "2 per minute")
    answers = [client.post("/danger", json={"description": "x"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert client.post("/api/requests", json={"description": "x"}).status_code == 201
