"""/healthz, /readyz and /metrics."""

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from config.queues import QUEUES
from models.base import now
from models.heartbeat import Heartbeat
from models.ledger.run import StepState
from models.services.heartbeats import delete_future_heartbeats, record_heartbeat
from tests.factories import StepFactory

PARTS = {"database", "broker", "workers", "beat", "live", "mail", "storage"}


def _all_well(session: Session) -> None:
    record_heartbeat(session, "dispatcher", "d", {"broker": "up"})
    record_heartbeat(session, "beat", "beat")
    record_heartbeat(session, "live", "host:1", {"sockets": 3})
    for queue in QUEUES:
        record_heartbeat(session, "worker", f"{queue}@host", {"queues": [queue]})
    for part in ("mail", "storage"):
        record_heartbeat(session, part, "w", {"state": "ok"})
    session.commit()


def test_alive(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.get_json()["status"]) == (200, "ok")
    assert answer.headers["Cache-Control"] == "no-store"


def test_ready_names_each_part_with_state_and_age(client: FlaskClient, session: Session) -> None:
    _all_well(session)
    answer = client.get("/readyz")
    body = answer.get_json()
    assert (answer.status_code, body["status"]) == (200, "ok")
    assert set(body["parts"]) >= PARTS
    for name in PARTS:
        assert body["parts"][name]["state"] == "ok", name
        assert 0 <= body["parts"][name]["age"] < 30


def test_nothing_behind_the_intake_is_degraded_not_down(
    client: FlaskClient, session: Session
) -> None:
    session.execute(delete(Heartbeat))  # what processes of other tests have left
    session.commit()
    answer = client.get("/readyz")
    body = answer.get_json()
    assert (answer.status_code, body["status"]) == (200, "degraded")
    states = {name: body["parts"][name]["state"] for name in PARTS}
    assert states.pop("database") == "ok"
    assert set(states.values()) == {"down"}


def test_a_part_that_fell_silent_is_down(client: FlaskClient, session: Session) -> None:
    _all_well(session)
    silent = update(Heartbeat).where(Heartbeat.name == "mail@host")
    session.execute(silent.values(at=now() - timedelta(minutes=2)))
    session.commit()
    body = client.get("/readyz").get_json()
    assert body["status"] == "degraded"
    assert body["parts"]["workers"]["state"] == "down"
    assert body["parts"]["workers"]["queues"]["mail"]["state"] == "down"
    assert body["parts"]["workers"]["queues"]["triage"]["state"] == "ok"


def test_a_part_whose_last_sign_is_in_the_future_is_down(
    client: FlaskClient, session: Session
) -> None:
    """It was written while the clock was ahead, and says nothing of now."""
    _all_well(session)
    session.execute(update(Heartbeat).values(at=now() + timedelta(hours=1)))
    session.commit()
    parts = client.get("/readyz").get_json()["parts"]
    assert {parts[name]["state"] for name in PARTS - {"database"}} == {"down"}
    assert parts["beat"]["age"] < 0
    record_heartbeat(session, "beat", "beat")
    delete_future_heartbeats(session)
    session.commit()
    parts = client.get("/readyz").get_json()["parts"]
    assert (parts["beat"]["state"], parts["dispatcher"]["age"]) == ("ok", None)


def test_a_heartbeat_from_the_future_hides_no_process_that_works(
    client: FlaskClient, session: Session
) -> None:
    _all_well(session)
    record_heartbeat(session, "dispatcher", "gone", {"broker": "away"})
    ahead = update(Heartbeat).where(Heartbeat.name == "gone")
    session.execute(ahead.values(at=now() + timedelta(hours=1)))
    session.commit()
    parts = client.get("/readyz").get_json()["parts"]
    assert parts["dispatcher"]["state"] == parts["broker"]["state"] == "ok"


def test_the_sockets_of_all_live_processes_are_counted(
    client: FlaskClient, session: Session
) -> None:
    _all_well(session)
    record_heartbeat(session, "live", "host:2", {"sockets": 4})
    record_heartbeat(session, "live", "host:3", {"sockets": 100})
    gone = update(Heartbeat).where(Heartbeat.name == "host:3")
    session.execute(gone.values(at=now() - timedelta(minutes=2)))
    session.commit()
    part = client.get("/readyz").get_json()["parts"]["live"]
    assert (part["state"], part["sockets"]) == ("ok", 7)


def test_without_a_live_process_it_is_degraded(client: FlaskClient, session: Session) -> None:
    _all_well(session)
    session.execute(delete(Heartbeat).where(Heartbeat.part == "live"))
    session.commit()
    body = client.get("/readyz").get_json()
    assert (body["status"], body["parts"]["live"]["state"]) == ("degraded", "down")


def test_a_port_that_fails_is_down(client: FlaskClient, session: Session) -> None:
    _all_well(session)
    record_heartbeat(session, "mail", "w", {"state": "down", "error": "refused"})
    record_heartbeat(session, "dispatcher", "d", {"broker": "away"})
    session.commit()
    parts = client.get("/readyz").get_json()["parts"]
    assert (parts["mail"]["state"], parts["broker"]["state"]) == ("down", "down")
    assert parts["mail"]["reason"] == "refused"
    assert "reason" not in parts["storage"]
    assert parts["dispatcher"]["state"] == "ok"


def test_the_ledger_shows_in_ready_and_metrics(client: FlaskClient, session: Session) -> None:
    _all_well(session)
    StepFactory()
    StepFactory(state=StepState.DEAD)
    StepFactory(state=StepState.UNKNOWN)
    session.execute(text("UPDATE runs SET created_at = created_at - interval '90 seconds'"))
    session.commit()
    work = client.get("/readyz").get_json()["parts"]["work"]
    assert (work["unfinished"], work["dead"], work["unknown"]) == (1, 1, 1)
    assert work["age"] >= 90
    metrics = client.get("/metrics").text
    assert 'haja_steps{state="dead"} 1.0' in metrics
    assert "haja_oldest_unfinished_seconds 9" in metrics
    assert 'haja_heartbeat_age_seconds{name="beat",part="beat"}' in metrics


def test_no_personal_data_in_metrics(client: FlaskClient, session: Session) -> None:
    assert "@example.org" not in client.get("/metrics").text
