"""Running steps: errors that their work may raise, and the states that follow."""

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
from tasks.steps.endings import gathered_endings
from tasks.steps.runner import Outcome, run_batch, run_each
from tests.models.ledger.step_rows import TASK, age, make_run, read_step

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
def db(committed: Opener) -> Iterator[Session]:
    with committed() as session:
        yield session


def test_each_step_is_run_and_recorded_with_its_effect(db: Session) -> None:
    run_ids = [make_run(db, steps=2) for _ in range(3)]
    ended = run_each(
        TASK, run_ids, 0, work=lambda claim: Outcome(record=lambda s: _note(s, "done"))
    )
    assert [claim.run_id for claim in ended] == run_ids
    assert _notes(db) == 3
    assert [read_step(db, run_id).state for run_id in run_ids] == [StepState.DONE] * 3


def test_a_batch_is_one_claim_and_one_record(db: Session) -> None:
    run_ids = [make_run(db) for _ in range(3)]
    worked: list[int] = []

    def work(claims: Sequence[Claim]) -> Callable[[Session, Sequence[Claim]], None]:
        worked.append(len(claims))
        return lambda session, valid: _note(session, "done")

    assert len(run_batch(TASK, run_ids, 0, work=work)) == 3
    assert (worked, _notes(db)) == ([3], 1)


def test_a_replayed_message_does_nothing(db: Session) -> None:
    run_id = make_run(db)

    def run() -> None:
        run_each(TASK, [run_id], 0, work=lambda claim: Outcome(record=lambda s: _note(s, "x")))

    run()
    for _ in range(3):
        with pytest.raises(Ignore):
            run()
    assert _notes(db) == 1


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (TransientError("away"), StepState.RETRY),
        (ValueError("a bug"), StepState.RETRY),
        (AmbiguousError("who knows"), StepState.RETRY),
        (MemoryError(), StepState.RETRY),
        (RecursionError(), StepState.RETRY),
        (SystemExit(3), StepState.RETRY),
        (PermanentError("never"), StepState.DEAD),
    ],
)
def test_an_error_of_a_step_is_recorded_and_affects_no_other(
    db: Session, error: BaseException, state: StepState
) -> None:
    bad, good = make_run(db, subject_id=13), make_run(db)

    def work(claim: Claim) -> Outcome:
        if claim.subject_id == 13:
            raise error
        return Outcome()

    ended = run_each(TASK, [bad, good], 0, work=work)
    assert [claim.run_id for claim in ended] == [good]
    step = read_step(db, bad)
    assert step.state == state
    assert type(error).__name__ in step.last_error


def test_the_others_of_a_message_with_a_failed_step_go_on_at_once(db: Session) -> None:
    """Its chain ends there, so the dispatcher has to publish their next steps now."""
    bad, good = make_run(db, subject_id=13, steps=2), make_run(db, steps=2)

    def work(claim: Claim) -> Outcome:
        if claim.subject_id == 13:
            raise TransientError("away")
        return Outcome()

    with gathered_endings() as endings:
        run_each(TASK, [bad, good], 0, work=work)
    assert endings.waiting == [f"run {bad} retry (TransientError)"] and not endings.failed
    is_due = text(
        "SELECT due_at <= clock_timestamp() FROM steps WHERE run_id = :r AND position = 1"
    )
    assert db.execute(is_due, {"r": good}).scalar_one()


def test_a_batch_that_fails_is_tried_again_one_by_one(db: Session) -> None:
    bad, good = make_run(db, subject_id=13), make_run(db)

    def work(claims: Sequence[Claim]) -> Callable[[Session, Sequence[Claim]], None]:
        if any(claim.subject_id == 13 for claim in claims):
            raise ValueError
        return lambda session, valid: None

    with pytest.raises(Ignore):
        run_batch(TASK, [bad, good], 0, work=work)
    age(db, 1000)
    with pytest.raises(Ignore):
        run_batch(TASK, [bad, good], 0, work=work)  # steps that failed are not claimed together
    assert run_batch(TASK, [good], 0, work=work)
    with pytest.raises(Ignore):
        run_batch(TASK, [bad], 0, work=work)
    assert read_step(db, good).state == StepState.DONE
    assert read_step(db, bad).failures == 2


def test_an_effect_that_fails_is_rolled_back_with_done(db: Session) -> None:
    run_id = make_run(db)

    def record(session: Session) -> None:
        _note(session, "half")
        raise ValueError

    with pytest.raises(Ignore):
        run_each(TASK, [run_id], 0, work=lambda claim: Outcome(record=record))
    assert _notes(db) == 0
    assert read_step(db, run_id).state == StepState.RETRY


def test_a_runner_that_lost_its_claim_leaves_no_effect(db: Session, committed: Opener) -> None:
    run_id = make_run(db)

    def work(claim: Claim) -> Outcome:
        with committed() as session:
            age(session, POLICY.lease + 1)
            claim_steps(session, task=TASK, run_ids=[run_id], position=0, policy=POLICY)
            session.commit()
        return Outcome(record=lambda session: _note(session, "late"))

    with pytest.raises(Ignore):
        run_each(TASK, [run_id], 0, work=work)
    assert _notes(db) == 0
    step = read_step(db, run_id)
    assert (step.state, step.token) == (StepState.RUNNING, 2)


def test_an_uncertain_error_during_the_hand_over_makes_the_step_unknown(db: Session) -> None:
    run_id = make_run(db)

    def work(claim: Claim) -> Outcome:
        with transaction() as session:
            enter_phase(session, [claim], HANDING_OVER, lease=60)
        raise OSError("connection lost")

    with pytest.raises(Ignore):
        run_each(TASK, [run_id], 0, work=work)
    assert read_step(db, run_id).state == StepState.UNKNOWN


def test_a_short_outage_of_the_database_is_waited_for(
    db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = make_run(db)
    tries: list[int] = []

    def record(session: Session) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("away", None, Exception())
        _note(session, "done")

    run_each(TASK, [run_id], 0, work=lambda claim: Outcome(record=record))
    assert (len(tries), _notes(db)) == (3, 1)
    assert read_step(db, run_id).state == StepState.DONE


def test_an_sql_error_is_not_retried_as_an_outage(
    db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = make_run(db)
    monkeypatch.setattr(runner, "PATIENCE", 600)

    def record(session: Session) -> None:
        session.execute(text("SELECT nonsense"))

    with pytest.raises(Ignore):
        run_each(TASK, [run_id], 0, work=lambda claim: Outcome(record=record))
    assert read_step(db, run_id).state == StepState.RETRY


def test_ids_without_steps_are_nothing_to_do(db: Session) -> None:
    with pytest.raises(Ignore):
        run_each(TASK, [10**9], 0, work=lambda claim: Outcome())
    with pytest.raises(Ignore):
        run_batch(TASK, [], 0, work=lambda claims: lambda session, valid: None)
