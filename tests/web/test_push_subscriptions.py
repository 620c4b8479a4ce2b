"""Browsers that want to be told: who may say so, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from models.push_endpoint import endpoint_key
from models.push_subscription import PushSubscription
from tests.factories import RequestFactory, UserFactory
from tests.servers.push_server import Browser
from tests.web.conftest import Headers, link_token

PATH = "/api/push-subscriptions"
KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36"


@pytest.fixture(autouse=True)
def push_on(settings_with: Callable[..., Settings]) -> None:
    settings_with(VAPID_PRIVATE_KEY=KEY)


def _subscription() -> dict[str, Any]:
    return Browser("https://fcm.googleapis.com", "/fcm/send/abc").subscription


def _rows(session: Session) -> list[PushSubscription]:
    session.expire_all()
    return list(session.scalars(select(PushSubscription).order_by(PushSubscription.id)))


def test_an_operator_and_a_requester_each_subscribe_for_themselves(
    client: FlaskClient, session: Session, log_in: Callable[..., Headers]
) -> None:
    user, request = UserFactory(), RequestFactory()
    session.commit()
    given = _subscription()
    operator = log_in(user)
    link = f"{PATH}?token={link_token(request)}"
    headers = {"Accept-Language": "en", "User-Agent": PHONE}
    for _ in range(2):  # harmless again
        answer = client.post(PATH, json=given, headers=operator)
        assert answer.status_code == 201, answer.text
        answer = client.post(link, json=given, headers=headers)
    key = endpoint_key(given["endpoint"])
    assert answer.get_json() == {"id": key}
    own, linked = _rows(session)
    assert (own.user_id, own.request_id) == (user.id, None)
    assert (linked.user_id, linked.request_id) == (None, request.id)
    assert (linked.language, linked.user_agent) == ("en", "Chrome · Android")
    # Whoever knows the other's hash ends nothing of theirs.
    assert client.delete(f"{PATH}/{key}", headers=operator).status_code == 204
    assert [row.request_id for row in _rows(session)] == [request.id]
    for _ in range(2):
        ended = client.delete(f"{PATH}/{key}?token={link_token(request)}")
        assert ended.status_code == 204
    assert not _rows(session)


def test_strangers_may_not(client: FlaskClient, session: Session) -> None:
    request = RequestFactory(completed=True)
    session.commit()
    given = _subscription()
    key = endpoint_key(given["endpoint"])
    for query in ("", "?token=AAAA-AAAA.x", f"?token={link_token(request)}x"):
        assert client.post(PATH + query, json=given).status_code == 401
        assert client.delete(f"{PATH}/{key}{query}").status_code == 401
    assert not _rows(session)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"endpoint": "https://169.254.169.254/latest"}, "endpoint"),
        ({"endpoint": "http://127.0.0.1:8001/metrics"}, "endpoint"),
        ({"endpoint": f"https://fcm.googleapis.com/{'x' * 1000}"}, "endpoint"),
        ({"endpoint": None}, "endpoint"),
        ({"keys": {}}, "keys.p256dh"),
        ({"keys": {"p256dh": "A" * 87}}, "keys.p256dh"),
        ({"keys": {"auth": "A" * 21}}, "keys.auth"),
        ({"keys": {"auth": 7}}, "keys.auth"),
        ({"keys": "none"}, "keys"),
        ({"language": "fr"}, "language"),
    ],
)
def test_what_is_no_subscription_is_refused_by_its_field(
    client: FlaskClient,
    session: Session,
    operator: Headers,
    change: dict[str, Any],
    field: str,
) -> None:
    given = _subscription()
    body = {**given, **change}
    if isinstance(keys := body["keys"], dict) and keys:
        body["keys"] = {**given["keys"], **keys}
    answer = client.post(PATH, json=body, headers=operator)
    assert answer.status_code == 422, answer.text
    errors = answer.get_json()["errors"]
    assert field in [error["field"] for error in errors]
    assert not _rows(session)


def test_without_a_key_there_is_nothing_to_subscribe_to(
    client: FlaskClient, operator: Headers, settings_with: Callable[..., Settings]
) -> None:
    settings_with(VAPID_PRIVATE_KEY="")
    assert client.post(PATH, json=_subscription(), headers=operator).status_code == 404
    assert client.delete(f"{PATH}/abc", headers=operator).status_code == 404
