"""Making, reading and ageing steps for tests by SQL, so that no test has to wait."""

from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from models.ledger.run import Run, Step, StepState
from models.ledger.steps import Claim, Policy, claim_steps

TASK = "stats.refresh_statistics"
POLICY = Policy(
    lease=60, limit=600, max_failures=3, max_losses=2, backoff=1, backoff_cap=60, batch=50
)


def make_run(session: Session, *, steps: int = 1, subject_id: int = 1, **first: Any) -> int:
    """A run with ``steps`` steps; ``first`` sets columns of the first step. Returns the run's id."""
    run = Run(event="request_updated", subject_id=subject_id, request_id="call-1")
    session.add(run)
    session.flush()
    for position in range(steps):
        step = Step(
            run_id=run.id,
            position=position,
            task=TASK,
            state=StepState.BLOCKED if position else StepState.READY,
        )
        for name, value in first.items() if position == 0 else ():
            setattr(step, name, value)
        session.add(step)
    session.commit()
    return run.id


def claim_step(session: Session, run_id: int, position: int = 0, policy: Policy = POLICY) -> Claim:
    """The claim of one step that must be free."""
    (claim,) = claim_steps(session, task=TASK, run_ids=[run_id], position=position, policy=policy)
    session.commit()
    return claim


def read_step(session: Session, run_id: int, position: int = 0) -> Row[Any]:
    """The step's row; ``due_in`` is in seconds from now."""
    return session.execute(
        text("""
            SELECT *, extract(epoch FROM due_at - clock_timestamp())::float AS due_in
            FROM steps WHERE run_id = :run_id AND position = :position
        """),
        {"run_id": run_id, "position": position},
    ).one()


def age(session: Session, seconds: float, run_id: int | None = None) -> None:
    """Move ``due_at`` of one run's steps, or of all, ``seconds`` into the past."""
    session.execute(
        text("""
            UPDATE steps SET due_at = due_at - make_interval(secs => :seconds)
            WHERE CAST(:run_id AS bigint) IS NULL OR run_id = :run_id
        """),
        {"seconds": seconds, "run_id": run_id},
    )
    session.commit()
