"""Answers that the embedded engine gave in the AI's place: asked again when the AI is back, once."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from celery.exceptions import Ignore, Retry
from redis import Redis
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.settings import Settings, get_settings
from models import wiring
from models.database import transaction
from models.ledger.run import Run, Step, StepState
from models.maintenance_request import MaintenanceRequest
from models.ports import CallingEngine
from models.queries.health import count_steps
from models.queries.statistics import read_statistics
from models.services.intake import Submission, submit_request
from models.services.triage import REFINEMENT_DELAY
from models.services.workflow import Changes, update_request
from models.timeline_entry import TimelineEntry
from models.triage_result import TriageResult
from tasks import stats, triage
from tasks.policies import POLICIES
from tasks.steps.call_pool import call_pool
from tests.factories import UserFactory, using
from tests.servers import openai_server
from tests.servers.openai_server import ANSWER, OpenAIServer, Reply
from worker.adapters.realtime.redis_channel import STREAM
from worker.app import app as celery_app  # noqa: F401 - tasks of its class

Opener = Callable[[], Session]
Touch = Callable[[Session, int], None]
LEAK = "화장실에서 물이 새요"
AI_SAYS = ANSWER | {
    "category": "pest",
    "priority": "low",
    "language": "ko",
    "reason": "벌레입니다.",
}


def _forget_outage() -> None:
    """As if the AI had been left alone long enough, or another worker ran the step."""
    engine = wiring.triage_engine()
    closed = threading.Event()

    async def close(engine: CallingEngine) -> None:
        await engine.close()
        closed.set()

    if isinstance(engine, CallingEngine):  # its connections belong to the pool's event loop
        call_pool().take_extra_slot()
        call_pool().submit([partial(close, engine)])
        assert closed.wait(60)
    wiring.triage_engine.cache_clear()


@pytest.fixture
def ai(settings_with: Callable[..., Settings]) -> Iterator[OpenAIServer]:
    with OpenAIServer(behaviour="unavailable") as server:
        server.answer = dict(AI_SAYS)
        settings_with(OPENAI_BASE_URL=server.url, OPENAI_TIMEOUT="20")
        for port in (wiring.triage_engine, wiring.live_channel):
            port.cache_clear()
        call_pool.cache_clear()
        yield server
        _forget_outage()
        call_pool().close()
    call_pool.cache_clear()


@pytest.fixture
def db(committed: Opener, ai: OpenAIServer) -> Iterator[Session]:
    with committed() as session, using(session):
        yield session


def _categorize(db: Session, words: str = LEAK, contact: str = "") -> int:
    """The id of a request that is categorized now."""
    given = Submission(words, contact_info=contact)
    receipt = submit_request(db.connection(), given, timezone=get_settings().timezone)
    db.commit()
    request_id = receipt.request.id
    [run_id] = _runs(db, "request_submitted", request_id)
    triage.categorize_request([run_id], 0)
    return request_id


def _runs(db: Session, event: str, request_id: int) -> list[int]:
    db.rollback()
    found = select(Run.id).where(Run.event == event, Run.subject_id == request_id)
    return list(db.scalars(found.order_by(Run.id)))


def _refine(db: Session, request_id: int) -> int:
    """The run of the request's refinement, which was due."""
    [run_id] = _runs(db, "refinement_due", request_id)
    db.execute(text("UPDATE steps SET due_at = now() WHERE state = 'retry'"))
    db.commit()
    triage.refine_request([run_id], 0)
    return run_id


def _come_back(ai: OpenAIServer, behaviour: str = "ok") -> None:
    ai.behaviour = behaviour
    ai.requests.clear()
    _forget_outage()


def _degraded(db: Session, request_id: int) -> list[bool]:
    """Of each answer, in order, whether the embedded engine gave it."""
    db.rollback()
    found = select(TriageResult.degraded).where(TriageResult.request_id == request_id)
    return list(db.scalars(found.order_by(TriageResult.id)))


def _read(db: Session, request_id: int) -> MaintenanceRequest:
    db.rollback()
    db.expire_all()
    return db.get_one(MaintenanceRequest, request_id)


def _step(db: Session, run_id: int, position: int = 0) -> Step:
    db.rollback()
    db.expire_all()
    return db.get_one(Step, (run_id, position))


def _told(redis: "Redis") -> list[tuple[bytes, bytes]]:
    """What open pages were told: kinds and ids."""
    entries: Any = redis.xrange(STREAM)
    return [(entry[b"type"], entry[b"id"]) for _, entry in entries]


@pytest.mark.parametrize("trouble", ["unavailable", "unauthorized", "prose"])
def test_when_the_ai_is_back_a_degraded_answer_is_refined_once(
    db: Session, ai: OpenAIServer, redis: "Redis", trouble: str
) -> None:
    ai.behaviour = trouble
    request_id = _categorize(db, contact="kim@example.org")
    assert _read(db, request_id).category == "plumbing"
    [due] = _runs(db, "refinement_due", request_id)
    waits = text("SELECT extract(epoch FROM due_at - now()) FROM steps WHERE run_id = :r LIMIT 1")
    assert 0 < db.execute(waits, {"r": due}).scalar_one() <= REFINEMENT_DELAY
    _come_back(ai)
    redis.delete(STREAM)
    run_id = _refine(db, request_id)
    assert _told(redis) == [(b"request_updated", str(request_id).encode())]
    row = _read(db, request_id)
    assert (row.category, row.priority, row.unsure) == ("pest", "low", False)
    assert _degraded(db, request_id) == [True, False]
    assert [entry.event for entry in row.timeline][-1] == "request_refined"
    assert row.timeline[-1].data == {"category": "pest", "priority": "low"}
    stats.refresh_statistics([run_id], 1)
    counts = read_statistics(db)
    assert (counts.by_category["pest"], counts.by_category.get("plumbing", 0)) == (1, 0)
    assert (counts.by_priority["low"], counts.total) == (1, 1)
    with pytest.raises(Ignore):
        triage.refine_request([run_id], 0)
    assert len(ai.requests) == 1
    assert len(_runs(db, "receipt_due", request_id)) == 1
    assert len(_runs(db, "refinement_due", request_id)) == 1
    assert not _runs(db, "request_updated", request_id)


def test_an_ai_that_is_away_is_left_alone_and_asked_later(db: Session, ai: OpenAIServer) -> None:
    request_id = _categorize(db)
    assert len(ai.requests) == 1
    for failures in (1, 2):
        with pytest.raises(Retry):
            _refine(db, request_id)
        [run_id] = _runs(db, "refinement_due", request_id)
        step = _step(db, run_id)
        assert (step.state, step.failures) == (StepState.RETRY, failures)
    assert len(ai.requests) == 1  # it was away a moment ago
    _come_back(ai)
    _refine(db, request_id)
    assert _degraded(db, request_id) == [True, False]


@pytest.mark.parametrize(
    ("behaviour", "failures"),
    [("unavailable", POLICIES["triage.refine_request"].max_failures - 1), ("prose", 0)],
)
def test_the_last_try_ends_quietly(
    db: Session, ai: OpenAIServer, behaviour: str, failures: int
) -> None:
    """An answer that cannot be used is the last too: the AI was there and was asked."""
    request_id = _categorize(db)
    _come_back(ai, behaviour)
    [run_id] = _runs(db, "refinement_due", request_id)
    _step(db, run_id).failures = failures
    db.commit()
    with pytest.raises(Ignore):  # neither a failure nor a success
        _refine(db, request_id)
    assert _step(db, run_id).state == StepState.DONE
    assert _step(db, run_id, 1).state == StepState.READY
    assert count_steps(db).dead == 0
    assert _degraded(db, request_id) == [True]


def test_the_tries_cover_about_two_days() -> None:
    policy = POLICIES["triage.refine_request"]
    shortest = sum(
        min(policy.backoff_cap, policy.backoff * 2.0 ** (n - 1)) / 2
        for n in range(1, policy.max_failures)
    )
    assert 30 * 3600 < shortest < 60 * 3600


def _change(**fields: Any) -> Touch:
    def touch(session: Session, request_id: int) -> None:
        with using(session):
            user = UserFactory()
        update_request(session, request_id, Changes(**fields), user=user)

    return touch


def _complete(session: Session, request_id: int) -> None:
    session.get_one(MaintenanceRequest, request_id).status = "completed"


def _delete(session: Session, request_id: int) -> None:
    values = {"id": request_id}
    session.execute(text("DELETE FROM maintenance_requests WHERE id = :id"), values)


def _answer_again(session: Session, request_id: int) -> None:
    first = session.scalars(select(TriageResult).filter_by(request_id=request_id)).one()
    columns = ("category", "priority", "confidence", "reason", "language", "model")
    values = {name: getattr(first, name) for name in columns}
    session.add(TriageResult(request_id=request_id, degraded=False, **values))


TOUCHES = {
    "note": _change(note="살펴보겠습니다."),
    "status": _change(status="in_progress"),
    "category": _change(category="cleaning"),
    "priority": _change(priority="urgent"),
    "assignee": _change(assignee="관리팀"),
    "completed": _complete,
    "deleted": _delete,
    "answered": _answer_again,
}


def _state(db: Session, request_id: int) -> list[object]:
    db.rollback()
    db.expire_all()
    row = db.get(MaintenanceRequest, request_id)
    if row is None:
        return []
    entries = list(db.scalars(select(TimelineEntry.event).filter_by(request_id=request_id)))
    return [row.category, row.priority, row.status, row.version, *entries]


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
def test_what_a_person_touched_is_left_alone_and_not_asked_about(
    db: Session, ai: OpenAIServer, redis: "Redis", touch: Touch
) -> None:
    request_id = _categorize(db)
    touch(db, request_id)
    db.commit()
    before = _state(db, request_id), _degraded(db, request_id)
    _come_back(ai)
    redis.delete(STREAM)
    run_id = _refine(db, request_id)
    assert not _told(redis)
    assert (_state(db, request_id), _degraded(db, request_id)) == before
    assert _step(db, run_id).state == StepState.DONE
    assert not ai.requests


def _meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> str:
    """The name of a behaviour of an AI that answers after ``act``."""

    def behave(server: OpenAIServer, _body: dict[str, Any]) -> Reply:
        act()
        return openai_server.BEHAVIOURS["ok"](server, _body)

    monkeypatch.setitem(openai_server.BEHAVIOURS, "meanwhile", behave)
    return "meanwhile"


@pytest.mark.parametrize("name", ["note", "category", "deleted"])
def test_what_a_person_touches_during_the_call_is_left_alone(
    db: Session, ai: OpenAIServer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = _categorize(db)
    states: list[object] = []

    def act() -> None:
        with transaction() as session:
            TOUCHES[name](session, request_id)
        states.append((_state(db, request_id), _degraded(db, request_id)))

    _come_back(ai, _meanwhile(monkeypatch, act))
    run_id = _refine(db, request_id)
    assert [(_state(db, request_id), _degraded(db, request_id))] == states
    assert _step(db, run_id).state == StepState.DONE


def test_danger_is_never_lowered(db: Session, ai: OpenAIServer) -> None:
    request_id = _categorize(db)
    row = _read(db, request_id)
    row.danger, row.priority = (
        "flood",
        "urgent",
    )  # found at submission, by rules the AI's adapter lacks
    db.commit()
    _come_back(ai)
    _refine(db, request_id)
    row = _read(db, request_id)
    assert (row.category, row.priority) == ("pest", "urgent")
    assert [result.priority for result in row.triage_results][-1] == "low"


@pytest.mark.parametrize("priority", ["urgent", "high"])
def test_operators_are_told_of_what_turns_out_to_be_urgent(
    db: Session, ai: OpenAIServer, priority: str, settings_with: Callable[..., Settings]
) -> None:
    settings_with(OPERATORS_EMAIL="op@example.org")
    ai.answer["priority"] = priority
    request_id = _categorize(db, contact="kim@example.org")
    _come_back(ai)
    _refine(db, request_id)
    assert _read(db, request_id).priority == priority
    assert len(_runs(db, "notice_due", request_id)) == 1 + (priority == "urgent")
    assert len(_runs(db, "receipt_due", request_id)) == 1


def test_of_two_workers_one_asks_and_records(
    db: Session, ai: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = _categorize(db)
    [run_id] = _runs(db, "refinement_due", request_id)
    refused: list[bool] = []

    def act() -> None:
        with pytest.raises(Ignore):
            triage.refine_request([run_id], 0)
        refused.append(True)

    _come_back(ai, _meanwhile(monkeypatch, act))
    _refine(db, request_id)
    assert refused == [True]
    assert _degraded(db, request_id) == [True, False]


def test_a_worker_that_lost_its_claim_records_nothing(
    db: Session, ai: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = _categorize(db)

    def act() -> None:
        with transaction() as session:  # as another worker's claim does
            session.execute(text("UPDATE steps SET token = token + 1 WHERE state = 'running'"))

    _come_back(ai, _meanwhile(monkeypatch, act))
    with pytest.raises(Ignore):
        _refine(db, request_id)
    assert _degraded(db, request_id) == [True]
    assert _read(db, request_id).category == "plumbing"


@pytest.mark.parametrize(("field", "value"), [("category", "cleaning"), ("status", "completed")])
def test_what_an_import_brought_along_is_not_refined(
    db: Session, ai: OpenAIServer, field: str, value: str
) -> None:
    receipt = submit_request(db.connection(), Submission(LEAK), timezone=get_settings().timezone)
    setattr(db.get_one(MaintenanceRequest, receipt.request.id), field, value)
    db.commit()
    triage.categorize_request(_runs(db, "request_submitted", receipt.request.id), 0)
    assert _degraded(db, receipt.request.id) == [True]
    assert not _runs(db, "refinement_due", receipt.request.id)


def test_an_answer_of_the_ai_or_of_the_classifier_alone_is_not_refined(
    db: Session, ai: OpenAIServer, settings_with: Callable[..., Settings]
) -> None:
    _come_back(ai)
    assert not _runs(db, "refinement_due", _categorize(db))
    settings_with(OPENAI_BASE_URL="")
    _forget_outage()
    request_id = _categorize(db, "방에 벌레가 있어요")
    assert _degraded(db, request_id) == [False]
    assert not _runs(db, "refinement_due", request_id)


def test_without_an_ai_nothing_waits_any_more(
    db: Session, ai: OpenAIServer, settings_with: Callable[..., Settings]
) -> None:
    request_id = _categorize(db)
    settings_with(OPENAI_BASE_URL="")
    _forget_outage()
    run_id = _refine(db, request_id)
    assert _step(db, run_id).state == StepState.DONE
    assert _degraded(db, request_id) == [True]
