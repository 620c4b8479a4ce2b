"""The same change to many requests by the API, and taking it back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models.ledger.run import Run
from models.maintenance_request import MaintenanceRequest
from models.reversible_change import ReversibleChange
from models.timeline_entry import TimelineEntry
from tests.factories import RequestFactory, UserFactory
from tests.web.conftest import Headers
from tests.web.problems import check_problem
from web.bulk import MOST


def _change(client: FlaskClient, headers: Headers, **body: Any) -> dict[str, Any]:
    answer = client.patch("/api/requests", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def _undo(client: FlaskClient, headers: Headers, token: str) -> Any:
    return client.post("/api/requests/undo", json={"undo": token}, headers=headers)


def test_each_request_is_changed_by_itself_and_all_are_undone(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    fits, closed = RequestFactory(), RequestFactory(status="completed")
    stale = RequestFactory()
    session.commit()
    ids = [fits.id, closed.id, stale.id, 2**62, fits.id]
    body = _change(
        client, operator, ids=ids, versions={str(stale.id): 7}, status="on_hold", assignee="박기사"
    )
    assert [(one["id"], one["status"], one["code"]) for one in body["results"]] == [
        (fits.id, 200, ""),
        (closed.id, 409, "forbidden_transition"),
        (stale.id, 412, "lost_edit"),
        (2**62, 404, "not_found"),
    ]
    session.expire_all()
    assert (fits.status, fits.assignee, closed.assignee) == ("on_hold", "박기사", "")
    events = select(TimelineEntry.event).where(TimelineEntry.request_id == fits.id)
    assert set(session.scalars(events)) == {"status_changed", "assignee_changed"}
    other = client.post(
        "/api/requests/undo",
        json={"undo": body["undo"]},
        headers={**operator, "Accept-Language": "ko"},
    )
    session.expire_all()
    assert other.get_json()["results"] == [
        {"id": fits.id, "status": 200, "code": "", "detail": "", "version": fits.version}
    ]
    assert (fits.status, fits.assignee) == ("pending", "")
    check_problem(_undo(client, operator, body["undo"]), 409)


def test_what_somebody_changed_since_is_not_undone(
    client: FlaskClient, session: Session, operator: Headers, log_in: Callable[..., Headers]
) -> None:
    rows = [RequestFactory(), RequestFactory()]
    session.commit()
    token = _change(client, operator, ids=[row.id for row in rows], priority="high")["undo"]
    check_problem(_undo(client, log_in(UserFactory()), token), 409)
    client.patch(f"/api/requests/{rows[0].id}", json={"note": "본 뒤"}, headers=operator)
    results = _undo(client, operator, token).get_json()["results"]
    assert [one["status"] for one in results] == [412, 200]
    session.expire_all()
    assert [row.priority for row in rows] == ["high", "pending"]


def test_a_filter_means_all_that_match(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    fits = [RequestFactory(location="별관"), RequestFactory(location="별관")]
    other = RequestFactory(location="본관")
    session.commit()
    body = _change(client, operator, filter={"location": "별관", "view": "open"}, category="hvac")
    assert {one["id"] for one in body["results"]} == {row.id for row in fits}
    session.expire_all()
    assert [row.category for row in (*fits, other)] == ["hvac", "hvac", "pending"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "on_hold"}, "body"),
        ({"ids": [1], "filter": {}, "status": "on_hold"}, "body"),
        ({"ids": ["1"]}, "ids"),
        ({"ids": [0]}, "ids"),
        ({"ids": list(range(1, MOST + 2))}, "ids"),
        ({"filter": {"assigne": ["Kim"]}}, "filter.assigne"),
        ({"ids": [1], "status": "nonsense"}, "status"),
        ({"ids": [1], "undo": "short"}, "undo"),
        ({"ids": [1], "staus": "completed"}, "staus"),
        ({"ids": [1], "reply": "We come today"}, "reply"),
        ({"ids": [1], "note": "Seen", "versions": {"x": 1}}, "versions"),
        ({"ids": [1], "note": "Seen", "versions": {"1 ": 1}}, "versions"),
    ],
)
def test_what_makes_no_sense_is_refused(
    client: FlaskClient, operator: Headers, body: dict[str, Any], field: str
) -> None:
    answer = client.patch("/api/requests", json=body, headers=operator)
    check_problem(answer, 422)
    assert [one["field"] for one in answer.get_json()["errors"]] == [field]


def test_more_than_a_call_may_change_are_refused(
    client: FlaskClient, session: Session, operator: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.bulk.MOST", 1)
    RequestFactory(), RequestFactory()
    session.commit()
    answer = client.patch(
        "/api/requests", json={"filter": {}, "status": "on_hold"}, headers=operator
    )
    check_problem(answer, 422)
    assert not session.scalar(select(func.count()).select_from(Run))


def test_many_are_undone_some_at_a_time(
    client: FlaskClient, session: Session, operator: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came in by several calls, the oldest first; what somebody has changed is met once."""
    rows = [RequestFactory() for _ in range(5)]
    session.commit()
    token = _change(client, operator, ids=[rows[4].id], status="on_hold")["undo"]
    _change(client, operator, ids=[row.id for row in rows[:4]], status="on_hold", undo=token)
    _change(client, operator, ids=[rows[4].id], note="그사이", status="completed")
    _age(session, 10, rows[4])
    monkeypatch.setattr("web.bulk.MOST", 2)
    met, left = [], []
    for _ in range(3):
        body = _undo(client, operator, token).get_json()
        met += [(one["id"], one["status"]) for one in body["results"]]
        left.append(body["left"])
    assert met == [(rows[4].id, 412), *((row.id, 200) for row in rows[:4])]
    assert left == [3, 1, 0]
    check_problem(_undo(client, operator, token), 409)
    session.expire_all()
    assert [row.status for row in rows] == ["pending"] * 4 + ["completed"]


def test_what_was_changed_too_long_ago_is_counted(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    old, new, same = RequestFactory(), RequestFactory(), RequestFactory(status="on_hold")
    session.commit()
    token = _change(client, operator, ids=[old.id, new.id, same.id], status="on_hold")["undo"]
    _age(session, 31, old)
    body = _undo(client, operator, token).get_json()
    assert [one["id"] for one in body["results"]] == [new.id]
    assert (body["left"], body["expired"]) == (0, 1)


def _age(session: Session, seconds: int, row: MaintenanceRequest) -> None:
    """As if it had been changed so long ago."""
    changes = update(ReversibleChange).where(ReversibleChange.request_id == row.id)
    created = ReversibleChange.created_at - timedelta(seconds=seconds)
    session.execute(changes.values(created_at=created))
    session.commit()


def test_a_note_that_is_sent_twice_is_written_once(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    rows = [RequestFactory(), RequestFactory()]
    session.commit()
    headers = {**operator, "Idempotency-Key": "one"}
    for _ in range(2):
        _change(client, headers, ids=[row.id for row in rows], note="부품 주문")
    assert session.scalar(select(func.count()).select_from(TimelineEntry)) == 2


@pytest.mark.parametrize("name", ["place", "status", "assignee"])
@pytest.mark.parametrize("value", [[{"a": 1}], [[]], {"a": 1}, "a", 5, [None]])
def test_a_filter_of_another_shape_is_refused_by_its_name(
    client: FlaskClient, session: Session, operator: Headers, name: str, value: object
) -> None:
    RequestFactory()
    session.commit()
    given = {"filter": {name: value}, "status": "completed"}
    answer = client.patch("/api/requests", json=given, headers=operator)
    problem = check_problem(answer, 422)
    assert problem["errors"][0]["field"].startswith(f"filter.{name}")
