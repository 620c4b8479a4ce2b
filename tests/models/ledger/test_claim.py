"""Claiming: one runner wins, and steps that were claimed before are claimed alone."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from models.ledger.run import StepState
from models.ledger.steps import claim_steps
from tests.crowd import at_once
from tests.models.ledger.step_rows import POLICY, TASK, age, claim_step, make_run, read_step

Opener = Callable[[], Session]


def test_of_forty_runners_at_once_one_wins(committed: Opener) -> None:
    with committed() as session:
        run_id = make_run(session)

    def claim(_number: int) -> int:
        with committed() as session, session.begin():
            return len(claim_steps(session, task=TASK, run_ids=[run_id], position=0, policy=POLICY))

    assert sum(at_once(40, claim)) == 1
    with committed() as session:
        step = read_step(session, run_id)
    assert (step.state, step.token, step.claims) == (StepState.RUNNING, 1, 1)


def test_concurrent_overlapping_batches_claim_every_step_once(committed: Opener) -> None:
    with committed() as session:
        run_ids = [make_run(session) for _ in range(30)]

    def claim(number: int) -> list[int]:
        rotated = run_ids[number:] + run_ids[:number]
        with committed() as session, session.begin():
            return [
                c.run_id
                for c in claim_steps(session, task=TASK, run_ids=rotated, position=0, policy=POLICY)
            ]

    taken = [run_id for part in at_once(10, claim) for run_id in part]
    assert sorted(taken) == run_ids


def test_a_claim_has_what_its_runner_needs(session: Session) -> None:
    claim = claim_step(session, make_run(session, subject_id=77))
    assert (claim.event, claim.subject_id, claim.request_id) == ("request_updated", 77, "call-1")
    assert (claim.token, claim.claims, claim.failures) == (1, 1, 0)


def test_a_lease_keeps_others_out_until_it_ends(session: Session) -> None:
    run_id = make_run(session)
    first = claim_step(session, run_id)
    assert claim_steps(session, task=TASK, run_ids=[run_id], position=0, policy=POLICY) == []
    age(session, POLICY.lease - 1)
    assert claim_steps(session, task=TASK, run_ids=[run_id], position=0, policy=POLICY) == []
    age(session, 2)
    second = claim_step(session, run_id)
    assert (second.token, second.claims) == (first.token + 1, 2)


def test_a_retry_waits_for_its_time(session: Session) -> None:
    run_id = make_run(session, state=StepState.RETRY, claims=1, failures=1)
    age(session, -5)
    assert claim_steps(session, task=TASK, run_ids=[run_id], position=0, policy=POLICY) == []
    age(session, 6)
    assert claim_step(session, run_id).failures == 1


@pytest.mark.parametrize(
    "state", [StepState.BLOCKED, StepState.DONE, StepState.DEAD, StepState.UNKNOWN]
)
def test_blocked_and_ended_steps_are_not_claimed(session: Session, state: StepState) -> None:
    run_id = make_run(session, state=state)
    assert claim_steps(session, task=TASK, run_ids=[run_id], position=0, policy=POLICY) == []
    assert read_step(session, run_id).token == 0


def test_a_later_step_waits_for_the_earlier(session: Session) -> None:
    run_id = make_run(session, steps=2)
    assert claim_steps(session, task=TASK, run_ids=[run_id], position=1, policy=POLICY) == []


def test_a_batch_does_not_claim_a_step_that_was_claimed_before(session: Session) -> None:
    fresh, tried = make_run(session), make_run(session, claims=1, failures=1)
    claims = claim_steps(session, task=TASK, run_ids=[fresh, tried], position=0, policy=POLICY)
    assert [claim.run_id for claim in claims] == [fresh]
    assert claim_step(session, tried).claims == 2


def test_ids_that_do_not_exist_or_come_twice_do_no_harm(session: Session) -> None:
    run_id = make_run(session)
    claims = claim_steps(
        session, task=TASK, run_ids=[run_id, run_id, 0, -1, 2**40], position=0, policy=POLICY
    )
    assert [claim.run_id for claim in claims] == [run_id]
    assert claim_steps(session, task=TASK, run_ids=[], position=0, policy=POLICY) == []


def test_a_step_that_loses_too_many_runners_becomes_dead_and_frees_the_next(
    session: Session,
) -> None:
    run_id = make_run(session, steps=2)
    for _ in range(POLICY.max_losses):
        claim_step(session, run_id)
        age(session, POLICY.lease + 1)
    assert claim_steps(session, task=TASK, run_ids=[run_id], position=0, policy=POLICY) == []
    step = read_step(session, run_id)
    assert (step.state, step.claims) == (StepState.DEAD, POLICY.max_losses)
    assert "lost" in step.last_error
    assert step.done_at is not None
    assert read_step(session, run_id, 1).state == StepState.READY


def test_reported_failures_do_not_count_as_lost_runners(session: Session) -> None:
    run_id = make_run(session, state=StepState.RETRY, claims=9, failures=8)
    assert claim_step(session, run_id).claims == 10


def test_a_runner_claims_no_step_of_another_task(session: Session) -> None:
    """A wrong or forged message cannot mark a mail as sent by running another task."""
    run_id = make_run(session)
    claims = claim_steps(
        session, task="mail.send_receipt", run_ids=[run_id], position=0, policy=POLICY
    )
    assert claims == []
    assert read_step(session, run_id).state == StepState.READY
