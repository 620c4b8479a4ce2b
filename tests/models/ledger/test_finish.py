"""Finishing is fenced: who lost the lease writes nothing, and effects stand or fall with it."""

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.errors import LostLease
from models.ledger.leases import renew_leases
from models.ledger.run import StepState
from models.ledger.steps import claim_steps, fail_step, finish_step, finish_steps
from tests.crowd import at_once
from tests.models.ledger.ledger_book import POLICY, TASK, age, look, make_run, take


def _overtaken(session: Session, run_id: int) -> None:
    """The lease of whoever holds the step runs out, and another takes it."""
    age(session, POLICY.lease + 1, run_id)
    take(session, run_id)


def test_finishing_opens_the_next_step_only(session: Session) -> None:
    run_id = make_run(session, steps=3)
    finish_step(session, take(session, run_id))
    states = [look(session, run_id, position).state for position in range(3)]
    assert states == [StepState.DONE, StepState.READY, StepState.BLOCKED]
    step = look(session, run_id)
    assert step.done_at is not None and step.phase is None and step.last_error is None


def test_the_next_step_is_left_to_its_chain_for_a_while(session: Session) -> None:
    run_id = make_run(session, steps=2)
    finish_step(session, take(session, run_id))
    assert 20 < look(session, run_id, 1).due_in <= 30
    assert take(session, run_id, 1).token == 1


def test_who_was_overtaken_writes_nothing(session: Session) -> None:
    run_id = make_run(session, steps=2)
    late = take(session, run_id)
    _overtaken(session, run_id)
    assert finish_steps(session, [late]) == []
    with pytest.raises(LostLease):
        finish_step(session, late)
    assert fail_step(session, late, policy=POLICY, error="late") is None
    assert fail_step(session, late, policy=POLICY, error="late", permanent=True) is None
    step = look(session, run_id)
    assert (step.state, step.failures, step.last_error) == (StepState.RUNNING, 0, None)
    assert look(session, run_id, 1).state == StepState.BLOCKED


def test_the_effect_of_who_was_overtaken_is_rolled_back(
    committed: Callable[[], Session],
) -> None:
    with committed() as session:
        run_id = make_run(session)
        late = take(session, run_id)
        _overtaken(session, run_id)

    def effect() -> None:
        with committed() as session, session.begin():
            session.execute(text("INSERT INTO periods (kind, period) VALUES ('effect', '1')"))
            finish_step(session, late)

    with pytest.raises(LostLease):
        effect()
    with committed() as session:
        assert session.scalar(text("SELECT count(*) FROM periods")) == 0


def test_twice_finished_is_refused_the_second_time(session: Session) -> None:
    claim = take(session, make_run(session))
    finish_step(session, claim)
    with pytest.raises(LostLease):
        finish_step(session, claim)


def test_a_lease_that_ran_out_but_that_nobody_took_still_finishes(session: Session) -> None:
    run_id = make_run(session)
    claim = take(session, run_id)
    age(session, POLICY.lease + 1)
    session.execute(text("UPDATE steps SET state = 'ready'"))  # as the dispatcher does
    finish_step(session, claim)
    assert look(session, run_id).state == StepState.DONE


def test_of_a_batch_only_what_is_still_ours_is_finished(session: Session) -> None:
    run_ids = [make_run(session, steps=2) for _ in range(3)]
    claims = claim_steps(session, task=TASK, run_ids=run_ids, position=0, policy=POLICY)
    session.commit()
    _overtaken(session, run_ids[1])
    ours = finish_steps(session, claims)
    assert [claim.run_id for claim in ours] == [run_ids[0], run_ids[2]]
    states = [look(session, run_id, 1).state for run_id in run_ids]
    assert states == [StepState.READY, StepState.BLOCKED, StepState.READY]


def test_of_many_finishes_with_one_claim_at_once_one_counts(
    committed: Callable[[], Session],
) -> None:
    with committed() as session:
        claim = take(session, make_run(session, steps=2))

    def finish(_number: int) -> int:
        with committed() as session, session.begin():
            return len(finish_steps(session, [claim]))

    assert sum(at_once(20, finish)) == 1


@pytest.mark.parametrize("state", [StepState.DEAD, StepState.UNKNOWN])
def test_dead_and_unknown_let_the_run_go_on(session: Session, state: StepState) -> None:
    run_id = make_run(session, steps=2)
    finish_step(session, take(session, run_id), state=state, error="x" * 2000)
    step = look(session, run_id)
    assert (step.state, len(step.last_error)) == (state, 500)
    assert look(session, run_id, 1).state == StepState.READY


def test_nothing_to_finish(session: Session) -> None:
    assert finish_steps(session, []) == []


def test_a_renewed_lease_keeps_others_out(session: Session) -> None:
    run_id = make_run(session)
    claim = take(session, run_id)
    age(session, POLICY.lease - 1)
    renew_leases(session, [claim], lease=POLICY.lease)
    age(session, POLICY.lease - 1)
    assert claim_steps(session, task=TASK, run_ids=[run_id], position=0, policy=POLICY) == []


def test_who_was_overtaken_renews_nothing(session: Session) -> None:
    run_id = make_run(session)
    late = take(session, run_id)
    _overtaken(session, run_id)
    renew_leases(session, [late], lease=5000)
    assert look(session, run_id).due_in < 100


def test_an_ended_step_has_no_lease_to_renew(session: Session) -> None:
    run_id = make_run(session)
    claim = take(session, run_id)
    fail_step(session, claim, policy=POLICY, error="away")
    renew_leases(session, [claim], lease=5000)
    assert look(session, run_id).due_in < 100
