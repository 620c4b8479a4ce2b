"""Carrying steps through a room: what a runner may raise, and what is then in the book."""

from collections.abc import Callable, Iterator, Sequence

import pytest
from celery.exceptions import Ignore
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.database import transaction
from models.ledger.leases import HANDING_OVER, enter_phase
from models.ledger.run import StepState
from models.ledger.steps import Claim, claim_steps
from models.ports import AmbiguousError, PermanentError, TransientError
from tasks.policies import POLICIES
from tasks.steps import runner
from tasks.steps.runner import Outcome, run_batch, run_each
from tests.models.ledger.ledger_book import TASK, age, look, make_run

Opener = Callable[[], Session]
POLICY = POLICIES[TASK]


def _note(session: Session, kind: str) -> None:
    """An effect that a test can count."""
    session.execute(
        text("INSERT INTO periods (kind, period) VALUES (:kind, gen_random_uuid()::text)"),
        {"kind": kind},
    )


def _notes(session: Session) -> int:
    return int(session.execute(text("SELECT count(*) FROM periods")).scalar_one())


@pytest.fixture
def book(committed: Opener) -> Iterator[Session]:
    with committed() as session:
        yield session


def test_each_is_carried_and_recorded_with_its_effect(book: Session) -> None:
    run_ids = [make_run(book, steps=2) for _ in range(3)]
    carried = run_each(
        TASK, run_ids, 0, work=lambda claim: Outcome(record=lambda s: _note(s, "done"))
    )
    assert [claim.run_id for claim in carried] == run_ids
    assert _notes(book) == 3
    assert [look(book, run_id).state for run_id in run_ids] == [StepState.DONE] * 3


def test_a_batch_is_one_claim_and_one_record(book: Session) -> None:
    run_ids = [make_run(book) for _ in range(3)]
    worked: list[int] = []

    def work(claims: Sequence[Claim]) -> Callable[[Session, Sequence[Claim]], None]:
        worked.append(len(claims))
        return lambda session, ours: _note(session, "done")

    assert len(run_batch(TASK, run_ids, 0, work=work)) == 3
    assert (worked, _notes(book)) == ([3], 1)


def test_a_replayed_message_does_nothing(book: Session) -> None:
    run_id = make_run(book)

    def carry() -> None:
        run_each(TASK, [run_id], 0, work=lambda claim: Outcome(record=lambda s: _note(s, "x")))

    carry()
    for _ in range(3):
        with pytest.raises(Ignore):
            carry()
    assert _notes(book) == 1


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (TransientError("away"), StepState.RETRY),
        (ValueError("a mistake of ours"), StepState.RETRY),
        (AmbiguousError("who knows"), StepState.RETRY),
        (MemoryError(), StepState.RETRY),
        (RecursionError(), StepState.RETRY),
        (SystemExit(3), StepState.RETRY),
        (PermanentError("never"), StepState.DEAD),
    ],
)
def test_what_a_step_raises_is_in_the_book_and_harms_no_other(
    book: Session, error: BaseException, state: StepState
) -> None:
    bad, good = make_run(book, subject_id=13), make_run(book)

    def work(claim: Claim) -> Outcome:
        if claim.subject_id == 13:
            raise error
        return Outcome()

    carried = run_each(TASK, [bad, good], 0, work=work)
    assert [claim.run_id for claim in carried] == [good]
    step = look(book, bad)
    assert step.state == state
    assert type(error).__name__ in step.last_error


def test_a_batch_that_fails_is_tried_again_one_by_one(book: Session) -> None:
    bad, good = make_run(book, subject_id=13), make_run(book)

    def work(claims: Sequence[Claim]) -> Callable[[Session, Sequence[Claim]], None]:
        if any(claim.subject_id == 13 for claim in claims):
            raise ValueError
        return lambda session, ours: None

    with pytest.raises(Ignore):
        run_batch(TASK, [bad, good], 0, work=work)
    age(book, 1000)
    with pytest.raises(Ignore):
        run_batch(TASK, [bad, good], 0, work=work)  # together they are not taken any more
    assert run_batch(TASK, [good], 0, work=work)
    with pytest.raises(Ignore):
        run_batch(TASK, [bad], 0, work=work)
    assert look(book, good).state == StepState.DONE
    assert look(book, bad).failures == 2


def test_an_effect_that_fails_is_rolled_back_with_done(book: Session) -> None:
    run_id = make_run(book)

    def record(session: Session) -> None:
        _note(session, "half")
        raise ValueError

    with pytest.raises(Ignore):
        run_each(TASK, [run_id], 0, work=lambda claim: Outcome(record=record))
    assert _notes(book) == 0
    assert look(book, run_id).state == StepState.RETRY


def test_a_runner_that_was_overtaken_leaves_no_effect(book: Session, committed: Opener) -> None:
    run_id = make_run(book)

    def work(claim: Claim) -> Outcome:
        with committed() as session:
            age(session, POLICY.lease + 1)
            claim_steps(session, task=TASK, run_ids=[run_id], position=0, policy=POLICY)
            session.commit()
        return Outcome(record=lambda session: _note(session, "late"))

    with pytest.raises(Ignore):
        run_each(TASK, [run_id], 0, work=work)
    assert _notes(book) == 0
    step = look(book, run_id)
    assert (step.state, step.token) == (StepState.RUNNING, 2)


def test_doubt_while_handing_over_is_kept_as_doubt(book: Session) -> None:
    run_id = make_run(book)

    def work(claim: Claim) -> Outcome:
        with transaction() as session:
            enter_phase(session, [claim], HANDING_OVER, lease=60)
        raise OSError("the line is cut")

    with pytest.raises(Ignore):
        run_each(TASK, [run_id], 0, work=work)
    assert look(book, run_id).state == StepState.UNKNOWN


def test_a_database_that_is_away_for_a_moment_is_waited_for(
    book: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = make_run(book)
    tries: list[int] = []

    def record(session: Session) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("away", None, Exception())
        _note(session, "done")

    run_each(TASK, [run_id], 0, work=lambda claim: Outcome(record=record))
    assert (len(tries), _notes(book)) == (3, 1)
    assert look(book, run_id).state == StepState.DONE


def test_a_mistake_in_sql_is_not_waited_for(book: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = make_run(book)
    monkeypatch.setattr(runner, "PATIENCE", 600)

    def record(session: Session) -> None:
        session.execute(text("SELECT nonsense"))

    with pytest.raises(Ignore):
        run_each(TASK, [run_id], 0, work=lambda claim: Outcome(record=record))
    assert look(book, run_id).state == StepState.RETRY


def test_ids_without_steps_are_nothing_to_do(book: Session) -> None:
    with pytest.raises(Ignore):
        run_each(TASK, [10**9], 0, work=lambda claim: Outcome())
    with pytest.raises(Ignore):
        run_batch(TASK, [], 0, work=lambda claims: lambda session, ours: None)
