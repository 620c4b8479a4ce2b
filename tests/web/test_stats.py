"""GET /api/stats."""

from datetime import UTC, datetime

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.services.statistics import fold_deltas
from models.words import Category, Priority, Status
from tests.factories import RequestFactory
from tests.web.conftest import Headers


def test_the_numbers(client: FlaskClient, session: Session, operator: Headers) -> None:
    day = datetime(2026, 3, 1, 12, tzinfo=UTC)
    RequestFactory.create_batch(2, created_at=day)
    fold_deltas(session)
    RequestFactory(created_at=day, completed=True)
    session.commit()
    body = client.get("/api/stats", headers=operator).get_json()
    assert body["total"] == 3
    assert body["by_category"]["pending"] == 2 and body["by_category"]["plumbing"] == 1
    assert body["by_status"]["completed"] == 1
    assert body["by_day"] == {"2026-03-01": 3}
    assert body["hours_to_complete"] == 2.0
    assert datetime.fromisoformat(body["computed_at"]).tzinfo is not None


def test_nothing_yet(client: FlaskClient, session: Session, operator: Headers) -> None:
    body = client.get("/api/stats", headers=operator).get_json()
    assert body["total"] == 0 and body["hours_to_complete"] is None and body["by_day"] == {}
    for name, words in (("category", Category), ("priority", Priority), ("status", Status)):
        assert body[f"by_{name}"] == {word.value: 0 for word in words}


def test_the_same_numbers_are_not_sent_again(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    etag = client.get("/api/stats", headers=operator).headers["ETag"]
    cached = operator | {"If-None-Match": etag}
    assert client.get("/api/stats", headers=cached).status_code == 304
    RequestFactory()
    session.commit()
    assert client.get("/api/stats", headers=cached).status_code == 200
