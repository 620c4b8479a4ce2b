"""What every answer carries, and how often one may call."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy.orm import Session

from config.settings import Settings
from tests.factories import UserFactory
from tests.web.conftest import Headers
from tests.web.problems import check_problem

WORDS = {"description": "x"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/requests"),
        ("GET", "/api/requests"),
        ("GET", "/api/requests/1"),
        ("GET", "/api/photos/1"),
        ("GET", "/api/stats"),
        ("POST", "/token"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),
        ("GET", "/openapi.json"),
        ("GET", "/docs"),
        ("GET", "/nowhere"),
        ("DELETE", "/api/stats"),
    ],
)
def test_every_answer_carries_its_id_and_time(
    client: FlaskClient, session: Session, method: str, path: str
) -> None:
    answer = client.open(path, method=method)
    assert re.fullmatch(r"[A-Za-z0-9._:-]{1,128}", answer.headers["X-Request-ID"])
    assert 0 <= float(answer.headers["X-Process-Time"]) < 30
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert len(answer.headers.getlist("Cache-Control")) <= 1


def test_two_calls_have_two_ids(client: FlaskClient) -> None:
    ids = {client.get("/healthz").headers["X-Request-ID"] for _ in range(5)}
    assert len(ids) == 5


@pytest.mark.parametrize("given", ["call-1", "a" * 128, "9f86d081:8.4_c"])
def test_a_callers_own_id_is_kept(client: FlaskClient, given: str) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] == given


@pytest.mark.parametrize(
    "given", ["", "a" * 129, "a b", "<script>", "한글".encode().decode("latin-1")]
)
def test_an_id_that_could_do_harm_is_replaced(client: FlaskClient, given: str) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] != given


@pytest.fixture
def three_a_minute(settings_with: Callable[..., Settings]) -> None:
    settings_with(INTAKE_RATE_LIMIT="3 per minute")


@pytest.mark.usefixtures("three_a_minute")
def test_one_address_may_submit_so_often(client: FlaskClient) -> None:
    statuses = [client.post("/api/requests", json=WORDS).status_code for _ in range(3)]
    assert statuses == [201] * 3
    answer = client.post("/api/requests", json=WORDS)
    check_problem(answer, 429)
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    other = client.post("/api/requests", json=WORDS, environ_base={"REMOTE_ADDR": "192.0.2.77"})
    assert other.status_code == 201
    assert "Retry-After" not in other.headers


@pytest.mark.usefixtures("three_a_minute")
def test_a_forged_address_does_not_help(client: FlaskClient) -> None:
    """The gateway's own word stands last; what a caller says stands before it."""
    statuses = [
        client.post(
            "/api/requests", json=WORDS, headers={"X-Forwarded-For": f"192.0.2.{n}, 198.51.100.1"}
        ).status_code
        for n in range(4)
    ]
    assert statuses == [201, 201, 201, 429]


@pytest.mark.usefixtures("three_a_minute")
def test_refused_input_counts_too(client: FlaskClient) -> None:
    statuses = [client.post("/api/requests", json={}).status_code for _ in range(4)]
    assert statuses == [422, 422, 422, 429]


def test_guessing_passwords_is_slowed_by_address(client: FlaskClient) -> None:
    wrong = {"username": "nobody", "password": "x"}
    # Calls that are refused before a password is looked at count too, and cost the test less.
    statuses = [client.post("/token", data={"username": "x"}).status_code for _ in range(28)]
    statuses += [client.post("/token", data=wrong).status_code for _ in range(3)]
    assert statuses == [422] * 28 + [401, 401, 429]


def test_the_api_has_a_limit_for_each_user(
    client: FlaskClient,
    session: Session,
    log_in: Callable[..., Headers],
    settings_with: Callable[..., Settings],
) -> None:
    settings_with(API_RATE_LIMIT="4 per minute")
    mine, other = log_in(UserFactory()), log_in(UserFactory())
    statuses = [
        client.get(path, headers=mine).status_code
        for path in ("/api/stats", "/api/requests") * 2 + ("/api/stats",)
    ]
    assert statuses == [200] * 4 + [429]
    assert client.get("/api/stats", headers=other).status_code == 200
    # Probes are never refused: an orchestrator would kill a healthy process.
    assert client.get("/healthz", headers=mine).status_code == 200


def test_a_large_limit_is_counted_in_lots(
    client: FlaskClient,
    operator: Headers,
    settings_with: Callable[..., Settings],
    redis: Redis,
) -> None:
    """Callers see each of their calls counted; Redis hears of a hundred at once."""
    settings_with(API_RATE_LIMIT="50000 per minute")
    answers = [client.get("/api/stats", headers=operator) for _ in range(5)]
    left = [int(answer.headers["X-RateLimit-Remaining"]) for answer in answers]
    assert left == list(range(49_999, 49_994, -1))
    assert {answer.headers["X-RateLimit-Limit"] for answer in answers} == {"50000"}
    assert all("X-RateLimit-Reset" in answer.headers for answer in answers)
    assert not any("Retry-After" in answer.headers for answer in answers)
    [key] = [key for key in redis.keys("*haja*api*") if redis.type(key) == b"list"]
    assert redis.llen(key) == 100


def test_photos_count_towards_the_apis_limit(
    client: FlaskClient, operator: Headers, settings_with: Callable[..., Settings]
) -> None:
    settings_with(API_RATE_LIMIT="2 per minute")
    answers = [client.get("/api/photos/1", headers=operator) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    check_problem(answers[-1], 429)
    assert answers[-1].headers["X-RateLimit-Limit"] == "2"


def test_counting_is_kept_under_a_prefix_of_our_own(client: FlaskClient, redis: Redis) -> None:
    """In a Redis that others may use."""
    assert client.post("/api/requests", json=WORDS).status_code == 201
    assert redis.keys("*") == redis.keys("*haja*") != []
