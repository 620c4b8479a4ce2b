"""The guarantees hold in any order of claims, ends, failures, lost runners, dispatches and delays.

Three runners and a dispatcher share one run of three steps. Time passes by changing ``due_at``.
"""

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, Row, text
from sqlalchemy.orm import Session

from models.ledger.dispatch import DueStep, take_due
from models.ledger.leases import HANDING_OVER, enter_phase, renew_leases
from models.ledger.run import StepState
from models.ledger.steps import Claim, claim_steps, fail_step, finish_steps
from tests.conftest import Servers
from tests.models.ledger.step_rows import POLICY, TASK, age, make_run

RUNNERS = st.integers(0, 2)
POSITIONS = st.integers(0, 2)
TASKS = [TASK]
UNFINISHED = (StepState.READY, StepState.RUNNING, StepState.RETRY)
ENDED = (StepState.DONE, StepState.DEAD, StepState.UNKNOWN)


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        from models.database import get_engine

        self.connection: Connection = get_engine().connect()
        self.outer = self.connection.begin()
        self.session = Session(self.connection, join_transaction_mode="create_savepoint")
        self.run_id = make_run(self.session, steps=3)
        self.held: dict[int, Claim] = {}
        self.messages: list[DueStep] = []
        self.finishes: Counter[int] = Counter()
        self.handovers: Counter[int] = Counter()

    def teardown(self) -> None:
        self.session.close()
        self.outer.rollback()
        self.connection.close()

    def _steps(self) -> list[Row[Any]]:
        rows = self.session.execute(
            text("SELECT * FROM steps WHERE run_id = :id ORDER BY position"), {"id": self.run_id}
        )
        return list(rows)

    @rule()
    def dispatch(self) -> None:
        self.messages += take_due(self.connection, TASKS)

    @precondition(lambda self: self.messages)
    @rule(data=st.data(), runner=RUNNERS, keep=st.booleans())
    def deliver(self, data: st.DataObject, runner: int, keep: bool) -> None:
        """A message is delivered: in any order, late, and sometimes again."""
        index = data.draw(st.integers(0, len(self.messages) - 1))
        message = self.messages[index] if keep else self.messages.pop(index)
        self._claim(runner, message.position)

    @rule(runner=RUNNERS, position=POSITIONS)
    def claim_without_message(self, runner: int, position: int) -> None:
        """An old or forged message."""
        self._claim(runner, position)

    def _claim(self, runner: int, position: int) -> None:
        before = self._steps()
        claims = claim_steps(
            self.session, task=TASK, run_ids=[self.run_id], position=position, policy=POLICY
        )
        self.session.commit()
        if claims:
            assert all(step.state in ENDED for step in before[:position])
            assert before[position].state in UNFINISHED
            self.held[runner] = claims[0]  # a claim that it had before is that of a killed runner

    @precondition(lambda self: self.messages)
    @rule()
    def broker_is_wiped(self) -> None:
        self.messages.clear()

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        runner = data.draw(st.sampled_from(sorted(self.held)))
        claim = self.held[runner]
        if finish_steps(self.session, [claim]):
            self.finishes[claim.position] += 1
        self.session.commit()
        if data.draw(st.booleans()):
            del self.held[runner]  # else it finishes again, later

    @precondition(lambda self: self.held)
    @rule(data=st.data(), permanent=st.booleans(), certain=st.booleans())
    def fail(self, data: st.DataObject, permanent: bool, certain: bool) -> None:
        runner = data.draw(st.sampled_from(sorted(self.held)))
        claim = self.held.pop(runner)
        state = fail_step(
            self.session,
            claim,
            policy=POLICY,
            error="no",
            permanent=permanent,
            certain=certain,
        )
        if state in ENDED:
            self.finishes[claim.position] += 1
        if state == StepState.RETRY and certain:
            self.handovers[claim.position] = 0  # certainly nothing happened outside
        self.session.commit()

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def hand_over(self, data: st.DataObject) -> None:
        claim = self.held[data.draw(st.sampled_from(sorted(self.held)))]
        step = self._steps()[claim.position]
        if not enter_phase(self.session, [claim], HANDING_OVER, lease=POLICY.lease):
            assert step.token != claim.token or step.state in ENDED
        elif step.phase is None:
            self.handovers[claim.position] += 1
        self.session.commit()

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def renew(self, data: st.DataObject) -> None:
        claim = self.held[data.draw(st.sampled_from(sorted(self.held)))]
        renew_leases(self.session, [claim], lease=POLICY.lease)
        self.session.commit()

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def runner_is_killed(self, data: st.DataObject) -> None:
        del self.held[data.draw(st.sampled_from(sorted(self.held)))]

    @rule(seconds=st.sampled_from([0.5, 5, 31, 61, 200]))
    def time_passes(self, seconds: float) -> None:
        age(self.session, seconds)

    @invariant()
    def a_step_ends_once_at_most(self) -> None:
        assert all(count <= 1 for count in self.finishes.values())

    @invariant()
    def an_external_effect_begins_once_unless_it_certainly_failed(self) -> None:
        assert all(count <= 1 for count in self.handovers.values())

    @invariant()
    def steps_end_in_order(self) -> None:
        states = [step.state for step in self._steps()]
        ended = [state in ENDED for state in states]
        assert ended == sorted(ended, reverse=True)
        for earlier, state in zip(ended, states[1:], strict=False):
            assert (state == StepState.BLOCKED) == (not earlier)

    @invariant()
    def what_is_unfinished_comes_due(self) -> None:
        """Whichever runner was killed or message was lost: a later dispatch finds the step."""
        steps = self._steps()
        if all(step.state in ENDED for step in steps):
            return
        savepoint = self.connection.begin_nested()
        age_all = "UPDATE steps SET due_at = due_at - interval '1 day' WHERE run_id = :id"
        self.connection.execute(text(age_all), {"id": self.run_id})
        due = take_due(self.connection, TASKS)
        savepoint.rollback()
        current = next(step.position for step in steps if step.state not in ENDED)
        assert [step.position for step in due] == [current]

    @invariant()
    def nobody_claims_for_ever(self) -> None:
        limit = POLICY.max_losses + POLICY.max_failures
        assert all(step.claims <= limit for step in self._steps())


def test_any_order_of_events_keeps_the_promise(servers: Servers) -> None:
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=40,
            stateful_step_count=40,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
