"""Triage by concurrent calls to an AI, each of which succeeds or fails separately."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest
from celery.exceptions import Ignore
from sqlalchemy import text
from sqlalchemy.orm import Session

from config.settings import Settings, get_settings
from models.database import get_engine, transaction
from models.ledger.run import StepState
from models.ledger.steps import Claim
from models.ports import PermanentError, TransientError, Triage, TriageText
from models.services import cached_answers, triage
from models.services.intake import Submission, submit_request
from tasks.steps import ai_calls
from tasks.steps.ai_calls import run_ai_calls
from tasks.steps.call_pool import call_pool
from tasks.steps.leases import lease_renewer
from tests.waiting import wait_for

Opener = Callable[[], Session]
TASK = "triage.categorize_request"
SIZE = 20
ANSWER = Triage("plumbing", "high", 0.9, "물이 샙니다.", "ko", "some-model", "1")


class Engine:
    """Answers at once, except for the texts in ``special``, whose functions run in threads."""

    model = "some-model"
    prompt_version = "1"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.special: dict[str, Callable[[], Triage]] = {}
        self.free = threading.Event()
        self.threads = ThreadPoolExecutor(2 * SIZE)

    def triage(self, texts: Sequence[TriageText]) -> list[Triage]:
        raise AssertionError("texts are asked about one by one")

    async def ask(self, text: TriageText) -> Triage:
        self.asked.append(text.description)
        act = self.special.get(text.description)
        if act is None:
            return ANSWER
        return await asyncio.get_running_loop().run_in_executor(self.threads, act)

    async def close(self) -> None:
        """There is nothing to close."""

    def hang(self) -> Triage:
        assert self.free.wait(60)
        return ANSWER


@pytest.fixture
def engine(settings_with: Callable[..., Settings]) -> Iterator[Engine]:
    settings_with(AI_CONCURRENCY=str(SIZE))
    call_pool.cache_clear()
    engine = Engine()
    yield engine
    engine.free.set()
    call_pool().close()
    engine.threads.shutdown()
    call_pool.cache_clear()


@pytest.fixture
def db(committed: Opener) -> Iterator[Session]:
    with committed() as session:
        yield session


def _words(count: int) -> list[str]:
    return [f"{n}호 화장실에서 물이 새요" for n in range(count)]


def _submit(db: Session, words: Sequence[str]) -> list[int]:
    """The runs of requests with these words."""
    for one in words:
        submit_request(db.connection(), Submission(one), timezone=get_settings().timezone)
    db.commit()
    query = "SELECT id FROM runs WHERE event = 'request_submitted' ORDER BY id"
    return list(db.execute(text(query)).scalars())[-len(words) :]


def _run(runs: Sequence[int], engine: Engine) -> list[Claim]:
    read, record = triage.list_texts, triage.record_results
    return run_ai_calls(TASK, runs, 0, engine=engine, read=read, record=record)


def _steps(db: Session, column: str = "state", position: int = 0) -> list[object]:
    db.rollback()
    query = f"SELECT {column} FROM steps WHERE position = :position ORDER BY run_id"
    return list(db.execute(text(query), {"position": position}).scalars())


def _age(db: Session) -> None:
    db.execute(text("UPDATE steps SET due_at = due_at - interval '1 hour'"))
    db.commit()


def _free_slots() -> int:
    free = call_pool().take_slots(1000, seconds=0)
    call_pool().return_slots(free)
    return free


class RunningMessage:
    """A message that runs in a separate thread."""

    def __init__(self, runs: Sequence[int], engine: Engine) -> None:
        self.ended: list[Claim] = []
        self._thread = threading.Thread(target=self._run_message, args=(runs, engine))
        self._thread.start()

    def _run_message(self, runs: Sequence[int], engine: Engine) -> None:
        with suppress(Ignore):
            self.ended = _run(runs, engine)

    def join(self) -> None:
        self._thread.join(60)
        assert not self._thread.is_alive()


def test_all_steps_are_asked_about_recorded_and_released(db: Session, engine: Engine) -> None:
    runs = _submit(db, _words(50))
    ended = _run(runs, engine)
    assert sorted(claim.run_id for claim in ended) == runs
    assert sorted(engine.asked) == sorted(_words(50))
    assert _steps(db) == [StepState.DONE] * 50
    categories = db.execute(text("SELECT DISTINCT category FROM maintenance_requests"))
    assert categories.scalars().all() == ["plumbing"]
    assert not lease_renewer().is_working
    assert _free_slots() == 2 * SIZE
    with pytest.raises(Ignore):
        _run(runs, engine)


def test_a_call_that_hangs_does_not_delay_the_others(db: Session, engine: Engine) -> None:
    words = _words(20)
    engine.special[words[7]] = engine.hang
    message = RunningMessage(_submit(db, words), engine)
    wait_for(lambda: _steps(db).count(StepState.DONE) == 19, "the others are done")
    assert _steps(db)[7] == StepState.RUNNING
    # Their next steps do not wait for the message's end either.
    soon = f"due_at < clock_timestamp() + interval '{ai_calls.SLOW_MESSAGE_GRACE} s'"
    assert all(due for n, due in enumerate(_steps(db, soon, 1)) if n != 7)
    assert lease_renewer().is_working
    engine.free.set()
    message.join()
    assert len(message.ended) == 20
    assert _steps(db) == [StepState.DONE] * 20


def test_no_connection_is_held_during_calls(db: Session, engine: Engine) -> None:
    words = _words(3)
    engine.special |= dict.fromkeys(words, engine.hang)
    runs = _submit(db, words)
    db.close()
    message = RunningMessage(runs, engine)
    wait_for(lambda: len(engine.asked) == 3, "all are being asked about")
    wait_for(lambda: get_engine().pool.checkedout() == 0, "no connection is out")  # type: ignore[attr-defined]
    engine.free.set()
    message.join()


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (TransientError("away"), StepState.RETRY),
        (ValueError("a bug"), StepState.RETRY),
        (SystemExit(3), StepState.RETRY),
        (PermanentError("never"), StepState.DEAD),
    ],
)
def test_a_failed_call_does_not_affect_the_others(
    db: Session, engine: Engine, error: BaseException, state: StepState
) -> None:
    words = _words(20)

    def fail() -> Triage:
        raise error

    engine.special[words[3]] = fail
    runs = _submit(db, words)
    assert len(_run(runs, engine)) == 19
    assert _steps(db) == [state if n == 3 else StepState.DONE for n in range(20)]


def test_a_step_that_failed_is_retried_alone(db: Session, engine: Engine) -> None:
    words = _words(2)

    def fail() -> Triage:
        raise TransientError

    engine.special[words[0]] = fail
    runs = _submit(db, words)
    _run(runs, engine)
    _age(db)
    with pytest.raises(Ignore):
        _run(runs, engine)  # a message with several steps does not claim it any more
    engine.special.clear()
    assert [claim.run_id for claim in _run(runs[:1], engine)] == runs[:1]
    assert _steps(db) == [StepState.DONE] * 2
    assert engine.asked.count(words[0]) == 2  # its cache key was released


def test_the_same_text_is_asked_about_once(db: Session, engine: Engine) -> None:
    same = ["물이 새요"] * 10
    _run(_submit(db, same), engine)
    _run(_submit(db, same), engine)
    assert engine.asked == ["물이 새요"]
    assert _steps(db) == [StepState.DONE] * 20


def test_a_text_that_another_worker_asks_about_is_waited_for(db: Session, engine: Engine) -> None:
    runs = _submit(db, ["물이 새요", "불이 안 켜져요"])
    key = cached_answers.key_of(TriageText("물이 새요"), model="some-model", prompt_version="1")
    with transaction() as session:
        cached_answers.find_or_claim(session, [key], seconds=60, asking_seconds=60)
    message = RunningMessage(runs, engine)
    wait_for(lambda: _steps(db).count(StepState.DONE) == 1, "the other is done")
    with transaction() as session:
        cached_answers.store_answers(session, {key: ANSWER})
    message.join()
    assert engine.asked == ["불이 안 켜져요"]
    assert _steps(db) == [StepState.DONE] * 2


def test_a_degraded_answer_is_not_cached(db: Session, engine: Engine) -> None:
    engine.special["물이 새요"] = lambda: replace(ANSWER, degraded=True)
    for _ in range(2):
        _run(_submit(db, ["물이 새요"]), engine)
    assert len(engine.asked) == 2


def test_a_deleted_request_is_nothing_to_do(db: Session, engine: Engine) -> None:
    runs = _submit(db, _words(2))
    db.execute(text("DELETE FROM maintenance_requests"))
    db.commit()
    assert len(_run(runs, engine)) == 2
    assert (engine.asked, _steps(db)) == ([], [StepState.DONE] * 2)


def test_a_process_that_shuts_down_releases_what_it_did_not_begin(
    db: Session, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = _words(100)
    engine.special |= dict.fromkeys(words, engine.hang)
    message = RunningMessage(_submit(db, words), engine)
    wait_for(lambda: _steps(db).count(StepState.RUNNING) == 2 * SIZE, "some are claimed ahead")
    monkeypatch.setattr(ai_calls, "is_shutting_down", lambda: True)
    wait_for(lambda: _steps(db).count(StepState.RUNNING) == SIZE, "those are released")
    engine.free.set()
    message.join()
    assert len(message.ended) == len(engine.asked) == SIZE
    states = _steps(db)
    assert (states.count(StepState.DONE), states.count(StepState.READY)) == (SIZE, 80)
    assert _steps(db, "claims").count(0) == 80
    assert _free_slots() == 2 * SIZE


def test_answers_that_cannot_be_recorded_together_are_retried_one_by_one(
    db: Session, engine: Engine
) -> None:
    words = _words(3)
    engine.special[words[1]] = lambda: replace(ANSWER, category="nonsense" * 99)
    runs = _submit(db, words)
    for run in (runs, *([one] for one in runs)):
        with suppress(Ignore):
            _run(run, engine)
        _age(db)
    assert _steps(db) == [StepState.DONE, StepState.RETRY, StepState.DONE]


def test_the_lease_of_a_long_call_is_renewed(db: Session, engine: Engine) -> None:
    """A call that takes longer than a lease keeps its claim, because the lease is renewed."""
    engine.special["물이 새요"] = engine.hang
    runs = _submit(db, ["물이 새요"])
    message = RunningMessage(runs, engine)
    wait_for(lambda: len(engine.asked) == 1, "it is being asked about")
    _age(db)  # as if nobody had renewed it for an hour
    renewed = "due_at > clock_timestamp()"
    wait_for(lambda: _steps(db, renewed) == [True], "its lease is renewed")
    engine.free.set()
    message.join()
    assert _steps(db) == [StepState.DONE]


def test_messages_share_the_slots(db: Session, engine: Engine) -> None:
    runs = _submit(db, _words(200))
    messages = [RunningMessage(runs[n : n + 25], engine) for n in range(0, 200, 25)]
    for one in messages:
        one.join()
    assert _steps(db) == [StepState.DONE] * 200
    assert _free_slots() == 2 * SIZE
