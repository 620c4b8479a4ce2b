"""The express lane and Flask's road: what a caller sees does not depend on which was taken."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.maintenance_request import MaintenanceRequest
from models.run import Run, Step
from models.services.intake import Submission, values_of
from models.timeline_entry import TimelineEntry
from tests.crowd import at_once

Pair = Callable[..., tuple[Any, Any]]
# Prefers JSON as any program does, in words that the lane leaves to Flask.
FLASKS = {"Accept": "application/json;q=0.9"}
PASSING = {"X-Request-ID", "X-Process-Time", "X-RateLimit-Remaining", "X-RateLimit-Reset"}


@pytest.fixture
def taken(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which calls went all the way through the lane."""
    lane, roads = app.extensions["haja.submitting"], []
    further = lane._further

    def note(call: dict[str, Any], start: Any) -> Any:
        roads.append("flask")
        return further(call, start)

    monkeypatch.setattr(lane, "_further", note)
    return roads


def on_both_roads(client: FlaskClient, roads: list[str], body: Any, **headers: str) -> Any:
    """The answers of the lane and of Flask to the same words."""
    answers = []
    for more in ({}, FLASKS):
        before = len(roads)
        answers.append(client.post("/api/requests", json=body, headers={**headers, **more}))
        assert len(roads) - before == bool(more), "the other road was taken"
    return answers


@pytest.mark.parametrize(
    "body",
    [
        {"description": "물이 새요"},
        {"description": "  The lift is\r\nstuck ", "location": " B동   302호 ", "language": "en"},
        {"description": "가스 냄새가 나요!", "contact_info": "kim@example.org", "x": [1]},
        {"description": "e\u0301 ﷽ 🚰", "requester_name": "김하자", "language": "fr"},
    ],
)
@pytest.mark.parametrize("language", ["ko", "en-GB, ko;q=0.4", "", "*"])
def test_both_roads_answer_alike(
    client: FlaskClient, taken: list[str], body: dict[str, Any], language: str
) -> None:
    headers = {"Accept-Language": language} if language else {}
    lane, flask = on_both_roads(client, taken, body, **headers)
    assert lane.status == flask.status == "201 CREATED"
    own = {"id", "reference", "created_at", "updated_at", "status_url"}
    assert lane.get_json().keys() == flask.get_json().keys()
    for name in lane.get_json().keys() - own:
        assert lane.get_json()[name] == flask.get_json()[name], name
    assert set(dict(lane.headers)) == set(dict(flask.headers))
    for name in set(dict(lane.headers)) - PASSING - {"Location", "Content-Length"}:
        assert lane.headers[name] == flask.headers[name], name
    assert lane.headers["Location"] == f"/api/requests/{lane.get_json()['id']}"
    assert int(lane.headers["Content-Length"]) == len(lane.get_data())


def test_both_roads_write_the_same_rows(
    client: FlaskClient, taken: list[str], session: Session
) -> None:
    body = {"description": "물이 새요", "location": "3층", "contact_info": "kim@example.org"}
    rows = []
    for answer in on_both_roads(client, taken, body, **{"X-Request-ID": "call-7"}):
        request = session.get_one(MaintenanceRequest, answer.get_json()["id"])
        run = session.scalars(select(Run).where(Run.subject_id == request.id)).one()
        steps = session.scalars(
            select(Step).where(Step.run_id == run.id).order_by(Step.position)
        ).all()
        entries = session.scalars(
            select(TimelineEntry).where(TimelineEntry.request_id == request.id)
        ).all()
        columns = {
            column.name: getattr(request, column.name)
            for column in MaintenanceRequest.__table__.columns
            if column.name not in ("id", "reference", "created_at", "updated_at")
        }
        rows.append(
            (
                columns,
                (run.event, run.request_id),
                [(step.task, step.state) for step in steps],
                [(entry.event, entry.actor, entry.data) for entry in entries],
            )
        )
    assert rows[0] == rows[1]


def test_a_key_means_the_same_on_both_roads(client: FlaskClient, taken: list[str]) -> None:
    headers = {"Idempotency-Key": "one-key"}
    first, second = on_both_roads(client, taken, {"description": "물이 새요"}, **headers)
    third = client.post("/api/requests", json={"description": "물이 새요"}, headers=headers)
    other = client.post("/api/requests", json={"description": "불이 났어요"}, headers=headers)
    assert second.get_json() == third.get_json() == first.get_json()
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == third.headers["Idempotent-Replayed"] == "true"
    assert other.status_code == 422


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b'{"description": "x"', {}, 400),
        (b'{"description": NaN}', {}, 400),
        (b"[" * 20_000, {}, 400),
        (b'{"description": ""}', {}, 422),
        (b'{"description": "\\ud800"}', {}, 422),
        (b'{"description": "x"}', {"Idempotency-Key": "k" * 256}, 422),
        (b'{"description": "x"}', {"Authorization": "Bearer broken"}, 401),
        (b'{"description": "x"}', {"Accept": "text/html"}, 303),
        (b'{"description": "x"}', {"Content-Type": "text/plain"}, 415),
    ],
)
def test_what_is_unusual_goes_on_to_flask_whole(
    client: FlaskClient, taken: list[str], body: bytes, headers: dict[str, str], status: int
) -> None:
    headers = {"Content-Type": "application/json", **headers}
    answer = client.post("/api/requests", data=body, headers=headers)
    assert (answer.status_code, taken) == (status, ["flask"]), answer.text


def test_both_roads_count_towards_one_limit(
    client: FlaskClient, taken: list[str], settings_with: Callable[..., object]
) -> None:
    settings_with(INTAKE_RATE_LIMIT="4 per minute")
    answers = [
        answer
        for _ in range(2)
        for answer in on_both_roads(client, taken, {"description": "물이 새요"})
    ]
    left = [int(answer.headers["X-RateLimit-Remaining"]) for answer in answers]
    assert left == [3, 2, 1, 0]
    refused = client.post("/api/requests", json={"description": "물이 새요"})
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 0


def test_a_repeated_call_counts_once(
    client: FlaskClient, settings_with: Callable[..., object]
) -> None:
    settings_with(INTAKE_RATE_LIMIT="5 per minute")
    headers = {"Idempotency-Key": "again"}
    for left in (4, 3, 2):
        answer = client.post("/api/requests", json={"description": "물"}, headers=headers)
        assert int(answer.headers["X-RateLimit-Remaining"]) == left


def test_a_statement_whose_fate_is_unknown_is_not_tried_again(
    client: FlaskClient, app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks after the statement: it may have been written, so Flask must not
    write a second one for the same call."""
    import psycopg2
    from sqlalchemy.exc import DBAPIError

    lane = app.extensions["haja.submitting"]
    own = lane.committing

    class Breaking:
        def __enter__(self) -> Any:
            self.lent = own()
            return self.lent.__enter__()

        def __exit__(self, *_error: object) -> None:
            self.lent.__exit__(None, None, None)
            raise DBAPIError.instance(
                "", None, psycopg2.OperationalError("server closed the connection"), psycopg2.Error
            )

    monkeypatch.setattr(lane, "committing", Breaking)
    answer = client.post("/api/requests", json={"description": "물이 새요"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert session.scalar(select(func.count()).select_from(MaintenanceRequest)) == 1


@pytest.fixture
def values() -> Callable[..., dict[str, Any]]:
    def make(description: str, **other: Any) -> dict[str, Any]:
        words, zone = Submission(description), get_settings().timezone
        return {
            **values_of(words, timezone=zone, key=None, user_id=None, call_id="c"),
            **other,
        }

    return make


def test_one_that_postgresql_refuses_harms_no_other(
    app: Flask, committed: Callable[[], Session], values: Callable[..., dict[str, Any]]
) -> None:
    """Several submissions share a statement; the bad one among them is found and told alone."""
    lane = app.extensions["haja.submitting"]
    # No language of ours: a check of the table refuses it.
    many = [values("하나"), values("둘", language="xx"), values("셋")]
    first, bad, last = lane.submit_all(many)
    assert isinstance(bad, IntegrityError)
    with committed() as session:
        rows = session.scalars(select(MaintenanceRequest.description)).all()
    assert sorted(rows) == sorted([first.description, last.description]) == ["셋", "하나"]


def test_of_two_with_the_same_reference_one_draws_again(
    app: Flask, committed: Callable[[], Session], values: Callable[..., dict[str, Any]]
) -> None:
    lane = app.extensions["haja.submitting"]
    many = [values("하나", reference="AAAA-AAAA"), values("둘", reference="AAAA-AAAA")]
    first, second = lane.submit_all(many)
    assert (first.description, second) == ("하나", None)
    with committed() as session:
        assert session.scalars(select(MaintenanceRequest.description)).all() == ["하나"]
        assert session.scalar(select(func.count()).select_from(Run)) == 1


def test_keys_in_any_order_never_block_each_other(
    app: Flask, committed: Callable[[], Session], values: Callable[..., dict[str, Any]]
) -> None:
    lane = app.extensions["haja.submitting"]
    keys = [f"public:{n}" for n in range(20)]

    def submit(number: int) -> int:
        order = keys if number % 2 else keys[::-1]
        many = [values(f"고장 {key}", idempotency_key=key) for key in order]
        return sum(outcome is not None for outcome in lane.submit_all(many))

    assert sum(at_once(8, submit)) == len(keys)
    with committed() as session:
        assert session.scalar(select(func.count()).select_from(MaintenanceRequest)) == len(keys)
        assert session.scalar(select(func.count()).select_from(Run)) == len(keys)
