"""Finishing is fenced: a runner that lost its claim writes nothing, and effects are committed with
the step's end."""

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.errors import LostLease
from models.ledger.leases import renew_leases
from models.ledger.run import StepState
from models.ledger.steps import claim_steps, fail_step, finish_step, finish_steps
from tests.crowd import at_once
from tests.models.ledger.step_rows import POLICY, TASK, age, claim_step, make_run, read_step


def _claim_after_lease(session: Session, run_id: int) -> None:
    """The step's lease runs out, and another runner claims it."""
    age(session, POLICY.lease + 1, run_id)
    claim_step(session, run_id)


def test_finishing_opens_the_next_step_only(session: Session) -> None:
    run_id = make_run(session, steps=3)
    finish_step(session, claim_step(session, run_id))
    states = [read_step(session, run_id, position).state for position in range(3)]
    assert states == [StepState.DONE, StepState.READY, StepState.BLOCKED]
    step = read_step(session, run_id)
    assert step.done_at is not None and step.phase is None and step.last_error is None


def test_the_dispatcher_leaves_the_next_step_to_its_chain_for_some_time(session: Session) -> None:
    run_id = make_run(session, steps=2)
    finish_step(session, claim_step(session, run_id))
    assert 20 < read_step(session, run_id, 1).due_in <= 30
    assert claim_step(session, run_id, 1).token == 1


def test_a_lost_claim_writes_nothing(session: Session) -> None:
    run_id = make_run(session, steps=2)
    late = claim_step(session, run_id)
    _claim_after_lease(session, run_id)
    assert finish_steps(session, [late]) == []
    with pytest.raises(LostLease):
        finish_step(session, late)
    assert fail_step(session, late, policy=POLICY, error="late") is None
    assert fail_step(session, late, policy=POLICY, error="late", permanent=True) is None
    step = read_step(session, run_id)
    assert (step.state, step.failures, step.last_error) == (StepState.RUNNING, 0, None)
    assert read_step(session, run_id, 1).state == StepState.BLOCKED


def test_the_effect_of_a_lost_claim_is_rolled_back(
    committed: Callable[[], Session],
) -> None:
    with committed() as session:
        run_id = make_run(session)
        late = claim_step(session, run_id)
        _claim_after_lease(session, run_id)

    def effect() -> None:
        with committed() as session, session.begin():
            session.execute(text("INSERT INTO periods (kind, period) VALUES ('effect', '1')"))
            finish_step(session, late)

    with pytest.raises(LostLease):
        effect()
    with committed() as session:
        assert session.scalar(text("SELECT count(*) FROM periods")) == 0


def test_twice_finished_is_refused_the_second_time(session: Session) -> None:
    claim = claim_step(session, make_run(session))
    finish_step(session, claim)
    with pytest.raises(LostLease):
        finish_step(session, claim)


def test_a_step_whose_lease_ran_out_can_finish_if_nobody_claimed_it(session: Session) -> None:
    run_id = make_run(session)
    claim = claim_step(session, run_id)
    age(session, POLICY.lease + 1)
    session.execute(text("UPDATE steps SET state = 'ready'"))  # the dispatcher does this
    finish_step(session, claim)
    assert read_step(session, run_id).state == StepState.DONE


def test_of_a_batch_only_valid_claims_are_finished(session: Session) -> None:
    run_ids = [make_run(session, steps=2) for _ in range(3)]
    claims = claim_steps(session, task=TASK, run_ids=run_ids, position=0, policy=POLICY)
    session.commit()
    _claim_after_lease(session, run_ids[1])
    valid = finish_steps(session, claims)
    assert [claim.run_id for claim in valid] == [run_ids[0], run_ids[2]]
    states = [read_step(session, run_id, 1).state for run_id in run_ids]
    assert states == [StepState.READY, StepState.BLOCKED, StepState.READY]


def test_of_concurrent_finishes_with_one_claim_one_counts(
    committed: Callable[[], Session],
) -> None:
    with committed() as session:
        claim = claim_step(session, make_run(session, steps=2))

    def finish(_number: int) -> int:
        with committed() as session, session.begin():
            return len(finish_steps(session, [claim]))

    assert sum(at_once(20, finish)) == 1


@pytest.mark.parametrize("state", [StepState.DEAD, StepState.UNKNOWN])
def test_dead_and_unknown_make_the_next_step_ready(session: Session, state: StepState) -> None:
    run_id = make_run(session, steps=2)
    finish_step(session, claim_step(session, run_id), state=state, error="x" * 2000)
    step = read_step(session, run_id)
    assert (step.state, len(step.last_error)) == (state, 500)
    assert read_step(session, run_id, 1).state == StepState.READY


def test_nothing_to_finish(session: Session) -> None:
    assert finish_steps(session, []) == []


def test_a_renewed_lease_keeps_others_out(session: Session) -> None:
    run_id = make_run(session)
    claim = claim_step(session, run_id)
    age(session, POLICY.lease - 1)
    renew_leases(session, [claim], lease=POLICY.lease)
    age(session, POLICY.lease - 1)
    assert claim_steps(session, task=TASK, run_ids=[run_id], position=0, policy=POLICY) == []


def test_a_lost_claim_renews_nothing(session: Session) -> None:
    run_id = make_run(session)
    late = claim_step(session, run_id)
    _claim_after_lease(session, run_id)
    renew_leases(session, [late], lease=5000)
    assert read_step(session, run_id).due_in < 100


def test_an_ended_step_has_no_lease_to_renew(session: Session) -> None:
    run_id = make_run(session)
    claim = claim_step(session, run_id)
    fail_step(session, claim, policy=POLICY, error="away")
    renew_leases(session, [claim], lease=5000)
    assert read_step(session, run_id).due_in < 100
