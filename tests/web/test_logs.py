"""What people wrote, and who they are, does not get into the logs, well or failing."""

import io
import logging
from collections.abc import Callable, Iterator

import pytest
from celery.exceptions import Retry
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from config.logging import configure_logging
from config.settings import Settings
from models import wiring
from models.ledger.run import Run
from models.services.links import sign_reference
from tasks import mail, stats, triage
from tests.factories import PASSWORD, UserFactory, using
from worker.app import app as celery_app  # noqa: F401 - tasks of its class

MARKS = {
    "description": "zzdescription 화장실에서 물이 새요",
    "location": "zzlocation 302호",
    "contact_info": "zzcontact@example.org",
    "requester_name": "zzname",
}


@pytest.fixture
def settings(settings_with: Callable[..., Settings]) -> Iterator[Settings]:
    """Nothing listens where mails should go."""
    ports = (wiring.mail_sender, wiring.triage_engine)
    yield settings_with(
        MAIL_SERVER="127.0.0.1", MAIL_PORT="1", OPERATORS_EMAIL="zzdesk@example.org"
    )
    for port in ports:
        port.cache_clear()


@pytest.fixture
def written(settings: Settings) -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    configure_logging(settings)
    wiring.mail_sender.cache_clear()
    out = io.StringIO()
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(out)
    yield out
    root.handlers[:] = before
    root.setLevel(level)


@pytest.fixture
def outside(app: Flask, address: str) -> FlaskClient:
    """A client whose requests commit on connections of their own."""
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return client


def test_no_personal_data_in_the_logs(
    written: io.StringIO,
    committed: Callable[[], Session],
    outside: FlaskClient,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with committed() as session, using(session):
        user = UserFactory(username="zzuser@example.org", name="zzoperator")
        session.commit()
        _ride(outside, session, settings, user.username)
        _fail(outside, monkeypatch)
    said = written.getvalue()
    assert said.count("request_answered") > 15 and "step_failed" in said
    assert "unexpected_error" in said
    for line in said.splitlines():
        assert "zz" not in line.lower() and "eyJ" not in line, line
        assert PASSWORD not in line and "token=" not in line


def _ride(client: FlaskClient, session: Session, settings: Settings, username: str) -> None:
    """Submitted in each way, looked at, changed, and worked on."""
    client.post("/api/requests", data=MARKS)
    client.post("/api/requests", json={**MARKS, "zzfield": "zz", "location": "zz\x00"})
    answer = client.post("/api/requests", json=MARKS, headers={"Idempotency-Key": "zzkey"})
    assert answer.status_code == 201
    row = answer.get_json()
    client.post("/api/requests", data=b'{"description": "zz', content_type="application/json")
    for password in ("zzwrong", PASSWORD):
        answer = client.post("/token", data={"username": username, "password": password})
    client.post("/token", data={"username": "zznobody", "password": "zz"})
    bearer = {"Authorization": f"Bearer {answer.get_json()['access_token']}"}
    for path in ("/api/requests?q=zzdescription", "/desk?q=zzname&location=zz", "/api/stats"):
        client.get(path, headers=bearer)
    client.get("/api/requests?created_from=zz&cursor=zz", headers=bearer)
    token = sign_reference(settings, row["reference"])
    client.get(f"/r/{row['reference']}?token={token}")
    client.get(f"/api/requests/{row['id']}?token={token}zz")
    client.patch(
        f"/api/requests/{row['id']}", json={"note": "zznote", "assignee": "zz"}, headers=bearer
    )
    client.get(
        "/zz/nothing?zz=zz", headers={"User-Agent": "zz", "Referer": "http://zz", "Cookie": "zz=zz"}
    )
    for event, position, task in (
        ("request_submitted", 0, triage.categorize_request),
        ("request_submitted", 1, stats.refresh_statistics),
        ("notice_due", 0, mail.notify_operators),
        ("receipt_due", 0, mail.send_receipt),
    ):
        runs = session.scalars(select(Run.id).where(Run.event == event)).all()
        assert runs
        try:
            task(list(runs), position)
        except Retry:
            assert event.endswith("_due")  # no mail server: it is tried again later


def _fail(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database refuses a value: its message would quote it."""

    def submit(connection: Connection, submission: object, **_more: object) -> None:
        from sqlalchemy import text

        connection.execute(text("SELECT CAST(:value AS int)"), {"value": MARKS["contact_info"]})

    monkeypatch.setattr("web.api.requests.submit", submit)
    assert client.post("/api/requests", data=MARKS).status_code == 500
