"""Requests carried to an AI: side by side, each with a fate of its own."""

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
from models.services import cached_answers
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
    """Answers at once, but for texts that the test has other plans with; those may take their time."""

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
        """There is nothing to give back."""

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
def book(committed: Opener) -> Iterator[Session]:
    with committed() as session:
        yield session


def _words(count: int) -> list[str]:
    return [f"{n}호 화장실에서 물이 새요" for n in range(count)]


def _submit(book: Session, words: Sequence[str]) -> list[int]:
    """The runs of requests with these words."""
    for one in words:
        submit_request(book, Submission(one), timezone=get_settings().timezone)
    book.commit()
    query = "SELECT id FROM runs WHERE event = 'request_submitted' ORDER BY id"
    return list(book.execute(text(query)).scalars())[-len(words) :]


def _carry(runs: Sequence[int], engine: Engine) -> list[Claim]:
    return run_ai_calls(TASK, runs, 0, engine=engine)


def _steps(book: Session, column: str = "state", position: int = 0) -> list[object]:
    book.rollback()
    query = f"SELECT {column} FROM steps WHERE position = :position ORDER BY run_id"
    return list(book.execute(text(query), {"position": position}).scalars())


def _age(book: Session) -> None:
    book.execute(text("UPDATE steps SET due_at = due_at - interval '1 hour'"))
    book.commit()


def _free_slots() -> int:
    free = call_pool().take_slots(1000, seconds=0)
    call_pool().return_slots(free)
    return free


class Carrying:
    """A message under way in a thread of its own."""

    def __init__(self, runs: Sequence[int], engine: Engine) -> None:
        self.carried: list[Claim] = []
        self._thread = threading.Thread(target=self._run, args=(runs, engine))
        self._thread.start()

    def _run(self, runs: Sequence[int], engine: Engine) -> None:
        with suppress(Ignore):
            self.carried = _carry(runs, engine)

    def join(self) -> None:
        self._thread.join(60)
        assert not self._thread.is_alive()


def test_all_are_asked_recorded_and_let_go(book: Session, engine: Engine) -> None:
    runs = _submit(book, _words(50))
    carried = _carry(runs, engine)
    assert sorted(claim.run_id for claim in carried) == runs
    assert sorted(engine.asked) == sorted(_words(50))
    assert _steps(book) == [StepState.DONE] * 50
    categories = book.execute(text("SELECT DISTINCT category FROM maintenance_requests"))
    assert categories.scalars().all() == ["plumbing"]
    assert not lease_renewer().is_working
    assert _free_slots() == 2 * SIZE
    with pytest.raises(Ignore):
        _carry(runs, engine)


def test_one_that_hangs_holds_no_other_back(book: Session, engine: Engine) -> None:
    words = _words(20)
    engine.special[words[7]] = engine.hang
    carrying = Carrying(_submit(book, words), engine)
    wait_for(lambda: _steps(book).count(StepState.DONE) == 19, "the others are done")
    assert _steps(book)[7] == StepState.RUNNING
    # Their next steps do not wait for the message's end either.
    soon = f"due_at < clock_timestamp() + interval '{ai_calls.SLOW_MESSAGE_GRACE} s'"
    assert all(due for n, due in enumerate(_steps(book, soon, 1)) if n != 7)
    assert lease_renewer().is_working
    engine.free.set()
    carrying.join()
    assert len(carrying.carried) == 20
    assert _steps(book) == [StepState.DONE] * 20


def test_nothing_is_held_in_the_database_meanwhile(book: Session, engine: Engine) -> None:
    words = _words(3)
    engine.special |= dict.fromkeys(words, engine.hang)
    runs = _submit(book, words)
    book.close()
    carrying = Carrying(runs, engine)
    wait_for(lambda: len(engine.asked) == 3, "all are being asked about")
    wait_for(lambda: get_engine().pool.checkedout() == 0, "no connection is out")  # type: ignore[attr-defined]
    engine.free.set()
    carrying.join()


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (TransientError("away"), StepState.RETRY),
        (ValueError("a mistake of ours"), StepState.RETRY),
        (SystemExit(3), StepState.RETRY),
        (PermanentError("never"), StepState.DEAD),
    ],
)
def test_one_that_fails_fails_alone(
    book: Session, engine: Engine, error: BaseException, state: StepState
) -> None:
    words = _words(20)

    def fail() -> Triage:
        raise error

    engine.special[words[3]] = fail
    runs = _submit(book, words)
    assert len(_carry(runs, engine)) == 19
    assert _steps(book) == [state if n == 3 else StepState.DONE for n in range(20)]


def test_what_failed_once_travels_alone(book: Session, engine: Engine) -> None:
    words = _words(2)

    def fail() -> Triage:
        raise TransientError

    engine.special[words[0]] = fail
    runs = _submit(book, words)
    _carry(runs, engine)
    _age(book)
    with pytest.raises(Ignore):
        _carry(runs, engine)  # a part of a larger message takes it no more, however small
    engine.special.clear()
    assert [claim.run_id for claim in _carry(runs[:1], engine)] == runs[:1]
    assert _steps(book) == [StepState.DONE] * 2
    assert engine.asked.count(words[0]) == 2  # its turn to ask was given back


def test_the_same_words_are_asked_about_once(book: Session, engine: Engine) -> None:
    same = ["물이 새요"] * 10
    _carry(_submit(book, same), engine)
    _carry(_submit(book, same), engine)
    assert engine.asked == ["물이 새요"]
    assert _steps(book) == [StepState.DONE] * 20


def test_an_answer_for_which_another_worker_asks_is_waited_for(
    book: Session, engine: Engine
) -> None:
    runs = _submit(book, ["물이 새요", "불이 안 켜져요"])
    key = cached_answers.key_of(TriageText("물이 새요"), model="some-model", prompt_version="1")
    with transaction() as session:
        cached_answers.find_or_claim(session, [key], seconds=60, asking_seconds=60)
    carrying = Carrying(runs, engine)
    wait_for(lambda: _steps(book).count(StepState.DONE) == 1, "the other is done")
    with transaction() as session:
        cached_answers.store_answers(session, {key: ANSWER})
    carrying.join()
    assert engine.asked == ["불이 안 켜져요"]
    assert _steps(book) == [StepState.DONE] * 2


def test_a_second_choice_is_not_kept(book: Session, engine: Engine) -> None:
    engine.special["물이 새요"] = lambda: replace(ANSWER, degraded=True)
    for _ in range(2):
        _carry(_submit(book, ["물이 새요"]), engine)
    assert len(engine.asked) == 2


def test_a_request_that_is_gone_is_nothing_to_do(book: Session, engine: Engine) -> None:
    runs = _submit(book, _words(2))
    book.execute(text("DELETE FROM maintenance_requests"))
    book.commit()
    assert len(_carry(runs, engine)) == 2
    assert (engine.asked, _steps(book)) == ([], [StepState.DONE] * 2)


def test_a_process_that_ends_gives_back_what_it_did_not_come_to(
    book: Session, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = _words(100)
    engine.special |= dict.fromkeys(words, engine.hang)
    carrying = Carrying(_submit(book, words), engine)
    wait_for(lambda: _steps(book).count(StepState.RUNNING) == 2 * SIZE, "some are claimed ahead")
    monkeypatch.setattr(ai_calls, "is_shutting_down", lambda: True)
    wait_for(lambda: _steps(book).count(StepState.RUNNING) == SIZE, "those are given back")
    engine.free.set()
    carrying.join()
    assert len(carrying.carried) == len(engine.asked) == SIZE
    states = _steps(book)
    assert (states.count(StepState.DONE), states.count(StepState.READY)) == (SIZE, 80)
    assert _steps(book, "claims").count(0) == 80
    assert _free_slots() == 2 * SIZE


def test_what_cannot_be_written_down_is_tried_again_one_by_one(
    book: Session, engine: Engine
) -> None:
    words = _words(3)
    engine.special[words[1]] = lambda: replace(ANSWER, category="nonsense" * 99)
    runs = _submit(book, words)
    for run in (runs, *([one] for one in runs)):
        with suppress(Ignore):
            _carry(run, engine)
        _age(book)
    assert _steps(book) == [StepState.DONE, StepState.RETRY, StepState.DONE]


def test_the_lease_of_a_long_call_is_renewed(book: Session, engine: Engine) -> None:
    """What is under way for longer than a lease is still ours: the lease_renewer holds it."""
    engine.special["물이 새요"] = engine.hang
    runs = _submit(book, ["물이 새요"])
    carrying = Carrying(runs, engine)
    wait_for(lambda: len(engine.asked) == 1, "it is being asked about")
    _age(book)  # as if nobody had renewed it for an hour
    renewed = "due_at > clock_timestamp()"
    wait_for(lambda: _steps(book, renewed) == [True], "its lease is renewed")
    engine.free.set()
    carrying.join()
    assert _steps(book) == [StepState.DONE]


def test_messages_share_the_lines(book: Session, engine: Engine) -> None:
    runs = _submit(book, _words(200))
    under_way = [Carrying(runs[n : n + 25], engine) for n in range(0, 200, 25)]
    for one in under_way:
        one.join()
    assert _steps(book) == [StepState.DONE] * 200
    assert _free_slots() == 2 * SIZE
