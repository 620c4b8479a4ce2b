"""Due times that a wrong clock has written."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from models.base import now
from models.ledger.due_times import mend_due_times
from models.ledger.run import StepState
from tasks.policies import longest_waits
from tests.models.ledger.step_rows import TASK, make_run, read_step


@pytest.mark.parametrize("state", [StepState.READY, StepState.RETRY, StepState.RUNNING])
def test_a_step_that_would_wait_for_years_is_due_now(session: Session, state: StepState) -> None:
    run_id = make_run(session, state=state, due_at=now() + timedelta(days=600))
    assert mend_due_times(session, longest_waits()) == 1
    assert read_step(session, run_id).due_in <= 0
    assert mend_due_times(session, longest_waits()) == 0


def test_a_step_waits_as_long_as_its_policy_may_let_it(session: Session) -> None:
    due_at = now() + timedelta(seconds=longest_waits()[TASK] - 5)
    run_id = make_run(session, state=StepState.RETRY, due_at=due_at)
    assert mend_due_times(session, longest_waits()) == 0
    assert read_step(session, run_id).due_in > 0


def test_what_is_held_back_on_purpose_is_left(session: Session) -> None:
    run_id = make_run(session, due_at=datetime(9999, 1, 1, tzinfo=UTC))
    assert mend_due_times(session, longest_waits()) == 0
    assert read_step(session, run_id).due_at.year == 9999
