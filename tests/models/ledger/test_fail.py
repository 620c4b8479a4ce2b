"""Failures: back-off, the end after the last failure, and uncertain external effects."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from models.ledger.leases import HANDING_OVER, enter_phase
from models.ledger.run import StepState
from models.ledger.steps import claim_steps, fail_step, finish_step
from models.mail import MailState
from tests.factories import MailFactory
from tests.models.ledger.step_rows import POLICY, TASK, age, claim_step, make_run, read_step


def test_a_failure_is_tried_again_later(session: Session) -> None:
    run_id = make_run(session, steps=2)
    state = fail_step(session, claim_step(session, run_id), policy=POLICY, error="away")
    step = read_step(session, run_id)
    assert state == step.state == StepState.RETRY
    assert (step.failures, step.last_error) == (1, "away")
    assert 0.4 < step.due_in <= 1.0
    assert read_step(session, run_id, 1).state == StepState.BLOCKED


@pytest.mark.parametrize(
    ("failures", "least", "most"), [(1, 0.5, 1), (2, 1, 2), (5, 8, 16), (9, 30, 60), (900, 30, 60)]
)
def test_back_off_doubles_to_its_cap_with_jitter(failures: int, least: float, most: float) -> None:
    delays = [POLICY.delay(failures) for _ in range(200)]
    assert least <= min(delays) < max(delays) <= most
    assert max(delays) - min(delays) > (most - least) / 2


def test_the_last_failure_ends_it(session: Session) -> None:
    run_id = make_run(session, steps=2)
    states = []
    for _ in range(POLICY.max_failures):
        states.append(fail_step(session, claim_step(session, run_id), policy=POLICY, error="no"))
        age(session, 100)
    assert states == [StepState.RETRY, StepState.RETRY, StepState.DEAD]
    assert read_step(session, run_id).last_error == "no"
    assert read_step(session, run_id, 1).state == StepState.READY


@pytest.mark.parametrize("permanent", [False, True])
def test_the_last_failure_of_a_policy_that_gives_up_is_done(
    session: Session, permanent: bool
) -> None:
    run_id = make_run(session, steps=2, failures=POLICY.max_failures - 1)
    policy = replace(POLICY, gives_up=True)
    claim = claim_step(session, run_id)
    assert fail_step(session, claim, policy=policy, error="x", permanent=permanent) == "done"
    step = read_step(session, run_id)
    assert (step.state, step.last_error) == (StepState.DONE, None)
    assert read_step(session, run_id, 1).state == StepState.READY


def test_a_permanent_failure_is_not_tried_again(session: Session) -> None:
    run_id = make_run(session)
    state = fail_step(
        session, claim_step(session, run_id), policy=POLICY, error="no", permanent=True
    )
    assert state == read_step(session, run_id).state == StepState.DEAD


def test_failures_and_lost_runners_count_apart(session: Session) -> None:
    """Four reported failures and then three lost runners: neither limit is reached early."""
    policy = replace(POLICY, max_failures=10, max_losses=3)
    run_id = make_run(session)
    for _ in range(4):
        fail_step(session, claim_step(session, run_id, policy=policy), policy=policy, error="away")
        age(session, 100)
    for _ in range(3):
        claim_step(session, run_id, policy=policy)
        age(session, 100)
    assert claim_steps(session, task=TASK, run_ids=[run_id], position=0, policy=policy) == []
    assert read_step(session, run_id).state == StepState.DEAD


def test_a_phase_starts_a_fresh_lease_and_ends_with_the_step(session: Session) -> None:
    run_id = make_run(session)
    claim = claim_step(session, run_id)
    age(session, POLICY.lease - 1)
    enter_phase(session, [claim], HANDING_OVER, lease=180)
    step = read_step(session, run_id)
    assert (step.state, step.phase) == (StepState.RUNNING, HANDING_OVER)
    assert step.due_in > 170
    finish_step(session, claim)
    assert read_step(session, run_id).phase is None


def test_a_lost_claim_cannot_enter_the_phase(session: Session) -> None:
    run_id = make_run(session)
    late = claim_step(session, run_id)
    age(session, POLICY.lease + 1)
    claim_step(session, run_id)
    assert enter_phase(session, [late], HANDING_OVER, lease=180) == []
    assert read_step(session, run_id).phase is None


def test_a_runner_lost_during_the_hand_over_makes_the_step_unknown(session: Session) -> None:
    run_id = make_run(session, steps=2)
    mail = MailFactory(run_id=run_id, position=0)
    enter_phase(session, [claim_step(session, run_id)], HANDING_OVER, lease=180)
    age(session, 181)
    assert claim_steps(session, task=TASK, run_ids=[run_id], position=0, policy=POLICY) == []
    step = read_step(session, run_id)
    assert (step.state, step.claims) == (StepState.UNKNOWN, 1)
    assert read_step(session, run_id, 1).state == StepState.READY
    session.refresh(mail)
    assert mail.state == MailState.UNKNOWN


def test_a_step_in_the_hand_over_cannot_be_claimed_before_its_lease_ends(session: Session) -> None:
    run_id = make_run(session)
    enter_phase(session, [claim_step(session, run_id)], HANDING_OVER, lease=180)
    age(session, 179)
    assert claim_steps(session, task=TASK, run_ids=[run_id], position=0, policy=POLICY) == []
    assert read_step(session, run_id).state == StepState.RUNNING


def test_an_uncertain_failure_during_the_hand_over_is_never_retried(session: Session) -> None:
    run_id = make_run(session)
    mail = MailFactory(run_id=run_id, position=0)
    claim = claim_step(session, run_id)
    enter_phase(session, [claim], HANDING_OVER, lease=180)
    assert fail_step(session, claim, policy=POLICY, error="?") == StepState.UNKNOWN
    session.refresh(mail)
    assert (read_step(session, run_id).state, mail.state) == (StepState.UNKNOWN, MailState.UNKNOWN)


def test_a_certain_failure_during_the_hand_over_is_retried(session: Session) -> None:
    run_id = make_run(session)
    claim = claim_step(session, run_id)
    enter_phase(session, [claim], HANDING_OVER, lease=180)
    state = fail_step(session, claim, policy=POLICY, error="451", certain=True)
    step = read_step(session, run_id)
    assert (state, step.state, step.phase) == (StepState.RETRY, StepState.RETRY, None)
    age(session, 100)
    assert claim_step(session, run_id).claims == 2


def test_a_certain_refusal_during_the_hand_over_ends_the_step(session: Session) -> None:
    run_id = make_run(session)
    claim = claim_step(session, run_id)
    enter_phase(session, [claim], HANDING_OVER, lease=180)
    state = fail_step(session, claim, policy=POLICY, error="554", permanent=True, certain=True)
    assert state == read_step(session, run_id).state == StepState.DEAD
