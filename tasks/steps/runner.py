"""Running steps: claim them, do the work outside any transaction, record the result (fenced).

``run_batch`` is for work whose effects are in the database: one claim and one transaction for the
whole batch. ``run_each`` is for effects outside: one step at a time, so that each is recorded before
the next begins.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

import structlog
from celery.exceptions import Ignore
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session
from structlog.contextvars import bound_contextvars

from config.monitoring import report_error
from models.database import transaction
from models.errors import LostLease
from models.ledger import steps
from models.ledger.run import Step, StepState
from models.ledger.steps import Claim, Policy
from models.ports import PermanentError, TransientError
from tasks.policies import POLICIES
from tasks.steps.endings import has_endings, note_ending
from tasks.steps.leases import lease_renewer

log = structlog.get_logger()

T = TypeVar("T")

# Writes the effect of the claims that are still valid; its return value is ignored.
RecordAll = Callable[[Session, Sequence[Claim]], object]

# How long (seconds) a runner retries a transaction while the database cannot be reached. Its lease
# may run out meanwhile; then the token decides.
PATIENCE = 45

# Errors of a step that do not end its worker. A hard exit of the process cannot be caught; it is
# counted as a lost runner.
CATCHABLE = (Exception, MemoryError, RecursionError, SystemExit)


# Outages, refusals and lost claims are recorded and logged. All other errors are bugs, and are also
# reported to the monitoring.
_EXPECTED = (TransientError, PermanentError, LostLease, OperationalError)


def nothing_to_record(_session: Session) -> None:
    """For work without an effect in the database."""


def nothing_to_do(_claims: Sequence[Claim]) -> RecordAll:
    """For steps whose work has become needless."""
    return lambda _session, _valid: None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended, and what to write in the transaction that records it."""

    state: StepState = StepState.DONE
    record: Callable[[Session], None] = field(default=nothing_to_record)
    error: str = ""


def run_batch(
    task: str,
    run_ids: Sequence[int],
    position: int,
    *,
    work: Callable[[Sequence[Claim]], RecordAll],
) -> list[Claim]:
    """Run a batch with one claim and one transaction.

    ``work`` may call ports. It returns a function that records the result, which gets the claims
    that are still valid. Returns those claims.

    Raises:
        celery.exceptions.Ignore: nothing ended, so the chain stops here; the dispatcher
            starts the rest when it is due.
    """
    policy = POLICIES[task]
    claims = retry_while_away(lambda: claim_steps(task, run_ids, position))
    ended: list[Claim] = []
    if claims:
        try:
            with lease_renewer().renewing(claims, policy), log_context(claims):
                record = work(claims)
                ended = retry_while_away(lambda: _record_all(claims, record))
        except CATCHABLE as error:
            for claim in claims:
                fail(claim, policy, error)
    return conclude(task, run_ids, position, ended)


def run_in_one_transaction(
    task: str, run_ids: Sequence[int], position: int, *, record: Callable[[Session], object]
) -> None:
    """Run a batch whose whole work is ``record``, with claim and end in the same transaction: if the
    runner dies, all of it is rolled back.

    Steps that were claimed before, or whose transaction failed, are run by ``run_batch``.

    Raises:
        celery.exceptions.Ignore: as ``run_batch``.
    """
    ended = 0
    with suppress(*CATCHABLE):
        ended = retry_while_away(lambda: _run_in_one_transaction(task, run_ids, position, record))
    if ended < len(run_ids):
        try:
            run_batch(
                task, run_ids, position, work=lambda _claims: lambda session, _: record(session)
            )
        except Ignore:
            if not ended:
                raise


def _run_in_one_transaction(
    task: str, run_ids: Sequence[int], position: int, record: Callable[[Session], object]
) -> int:
    with transaction() as session:
        ended = steps.end_steps(session, task=task, run_ids=run_ids, position=position)
        if ended:
            record(session)
    return ended


def run_each(
    task: str,
    run_ids: Sequence[int],
    position: int,
    *,
    work: Callable[[Claim], Outcome],
) -> list[Claim]:
    """Run steps one by one, each claimed just before its work. Returns the claims that ended.

    Raises:
        celery.exceptions.Ignore: as ``run_batch``.
    """
    ended = [claim for run_id in run_ids if (claim := _run_one(task, run_id, position, work))]
    return conclude(task, run_ids, position, ended)


def conclude(task: str, run_ids: Sequence[int], position: int, ended: list[Claim]) -> list[Claim]:
    """``ended``, after what Celery must know of the others has been noted.

    A message with a step that failed does not go on to the next task of its chain, so the next
    steps of the others become due at once: the dispatcher publishes them.

    Raises:
        celery.exceptions.Ignore: nothing ended.
    """
    if not ended:
        if not has_endings():
            for step in _find_stuck(task, run_ids, position):
                note_ending(step.run_id, step.state, "")
        raise Ignore
    if has_endings():
        retry_while_away(lambda: _hasten_next([claim.run_id for claim in ended], position))
    return ended


def _find_stuck(task: str, run_ids: Sequence[int], position: int) -> list[Step]:
    """Steps that are dead or unknown, perhaps since this message's own claim."""
    with transaction() as session:
        return steps.list_stuck(session, task=task, run_ids=run_ids, position=position)


def _hasten_next(run_ids: Sequence[int], position: int) -> None:
    with transaction() as session:
        steps.hasten_next(session, run_ids, position)


def _run_one(
    task: str, run_id: int, position: int, work: Callable[[Claim], Outcome]
) -> Claim | None:
    policy = POLICIES[task]
    for claim in retry_while_away(lambda: claim_steps(task, [run_id], position)):
        try:
            with lease_renewer().renewing([claim], policy), log_context([claim]):
                outcome = work(claim)
                retry_while_away(lambda: _record_one(claim, outcome))  # noqa: B023 - called at once
            return claim
        except LostLease:
            log.warning("lease_lost", run_id=run_id, position=position)
        except CATCHABLE as error:
            fail(claim, policy, error)
    return None


def log_context(claims: Sequence[Claim]) -> AbstractContextManager[None]:
    """Adds the ids of the web calls that caused the work to the log lines of the block."""
    ids = [claim.request_id for claim in claims[:5] if claim.request_id]
    return bound_contextvars(request_id=",".join(ids))


def claim_steps(
    task: str, run_ids: Sequence[int], position: int, *, alone: bool | None = None
) -> list[Claim]:
    """Claim the free steps in a separate transaction, which is committed before their work begins."""
    with transaction() as session:
        return steps.claim_steps(
            session,
            task=task,
            run_ids=run_ids,
            position=position,
            policy=POLICIES[task],
            alone=alone,
        )


def _record_all(claims: Sequence[Claim], record: RecordAll) -> list[Claim]:
    with transaction() as session:
        valid = steps.finish_steps(session, claims)
        if valid:
            record(session, valid)
    return valid


def _record_one(claim: Claim, outcome: Outcome) -> None:
    with transaction() as session:
        steps.finish_step(session, claim, state=outcome.state, error=outcome.error)
        outcome.record(session)


def fail(
    claim: Claim,
    policy: Policy,
    error: BaseException,
    *,
    certain: bool = False,
    reason: str = "",
    record: Callable[[Session, StepState], None] | None = None,
) -> None:
    """Record that a step failed, log it, and report unexpected errors to the monitoring.

    ``certain`` says that nothing has happened outside, whatever the error is. ``reason`` is logged;
    it must have no personal data. ``record`` writes what else follows from the step's new state, in
    the same transaction.
    """

    def record_failure() -> StepState | None:
        with transaction() as session:
            state = steps.fail_step(
                session,
                claim,
                policy=policy,
                error=f"{type(error).__name__}: {error}",
                permanent=isinstance(error, PermanentError),
                certain=certain or isinstance(error, TransientError | PermanentError),
            )
            if record and state:
                record(session, state)
            return state

    state = retry_while_away(record_failure)
    if state and state != StepState.DONE:
        note_ending(claim.run_id, state, error)
    log.warning(
        "step_failed",
        run_id=claim.run_id,
        position=claim.position,
        request_id=claim.request_id,
        failures=claim.failures + 1,
        state=state or "lease_lost",
        error=type(error).__name__,
        **({"reason": reason} if reason else {}),
    )
    if not isinstance(error, _EXPECTED):
        report_error(error, run_id=str(claim.run_id), request_id=claim.request_id)


def retry_while_away(attempt: Callable[[], T]) -> T:
    """Call ``attempt`` again while the database cannot be reached, so that finished work is recorded.

    Repeating is safe: if a claim or finish was committed and only the reply was lost, its conditions
    do not match the second time.

    Raises:
        DBAPIError: the database did not come back within ``PATIENCE``, or it is another error.
    """
    give_up = time.monotonic() + PATIENCE
    pause = 0.1
    while True:
        try:
            return attempt()
        except DBAPIError as error:
            away = error.connection_invalidated or isinstance(error, OperationalError)
            if not away or time.monotonic() + pause > give_up:
                raise
            log.warning("database_away", error=type(error).__name__)
            time.sleep(pause)
            pause = min(pause * 2, 2)
