"""Carrying claimed steps through a room: claim, work outside any transaction, record fenced.

Two ways to carry: ``carry_all`` for work whose effects are in the database (one claim and one
transaction for the whole batch) and ``carry_each`` for effects outside (one step at a time, so
that what is done is written down before the next begins).
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
from models.ledger.run import StepState
from models.ledger.steps import Claim, Policy
from models.ports import PermanentError, TransientError
from tasks.policies import POLICIES
from tasks.steps.leases import keeper

log = structlog.get_logger()

T = TypeVar("T")

# Writes the effect of the claims that are still ours; what it returns is of no interest.
RecordAll = Callable[[Session, Sequence[Claim]], object]

# How long (seconds) a runner that did its work keeps trying to write it down when the database is
# away. Its lease may run out meanwhile; then the token decides.
PATIENCE = 45

# What a step may raise without taking its worker along. A hard exit of the process is beyond
# catching; the ledger counts it as a lost runner.
CATCHABLE = (Exception, MemoryError, RecursionError, SystemExit)


# Outages, refusals and lost races have their own words in ledger and log; the rest is our mistake.
_EXPECTED = (TransientError, PermanentError, LostLease, OperationalError)


def nothing_to_record(_session: Session) -> None:
    """For work that had no effect of its own in the database."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended, and what to write in the transaction that says so."""

    state: StepState = StepState.DONE
    record: Callable[[Session], None] = field(default=nothing_to_record)
    error: str = ""


def carry_all(
    task: str,
    run_ids: Sequence[int],
    position: int,
    *,
    work: Callable[[Sequence[Claim]], RecordAll],
) -> list[Claim]:
    """Carry a batch in one claim and one transaction.

    ``work`` may call ports and returns what to record; the recorder gets the claims that are still
    ours. Returns those claims.

    Raises:
        celery.exceptions.Ignore: nothing was carried, so the chain stops here; the dispatcher
            starts the rest when it is due.
    """
    policy = POLICIES[task]
    claims = patiently(lambda: claim_steps(task, run_ids, position))
    carried: list[Claim] = []
    if claims:
        try:
            with keeper().keeping(claims, policy), saying_whose(claims):
                record = work(claims)
                carried = patiently(lambda: _record_all(claims, record))
        except CATCHABLE as error:
            for claim in claims:
                fail(claim, policy, error)
    if not carried:
        raise Ignore
    return carried


def carry_at_once(
    task: str, run_ids: Sequence[int], position: int, *, record: Callable[[Session], object]
) -> None:
    """Carry a batch whose whole work is ``record``, in its one transaction: nothing is claimed that
    a runner could die with.

    What was claimed before, or goes wrong, is carried with all care.

    Raises:
        celery.exceptions.Ignore: as ``carry_all``.
    """
    ended = 0
    with suppress(*CATCHABLE):
        ended = patiently(lambda: _record_at_once(task, run_ids, position, record))
    if ended < len(run_ids):
        try:
            carry_all(
                task, run_ids, position, work=lambda _claims: lambda session, _: record(session)
            )
        except Ignore:
            if not ended:
                raise


def _record_at_once(
    task: str, run_ids: Sequence[int], position: int, record: Callable[[Session], object]
) -> int:
    with transaction() as session:
        ended = steps.end_steps(session, task=task, run_ids=run_ids, position=position)
        if ended:
            record(session)
    return ended


def carry_each(
    task: str,
    run_ids: Sequence[int],
    position: int,
    *,
    work: Callable[[Claim], Outcome],
) -> list[Claim]:
    """Carry steps one by one, each claimed just before its work. Returns the ones that ended.

    Raises:
        celery.exceptions.Ignore: as ``carry_all``.
    """
    carried = [claim for run_id in run_ids if (claim := _carry_one(task, run_id, position, work))]
    if not carried:
        raise Ignore
    return carried


def _carry_one(
    task: str, run_id: int, position: int, work: Callable[[Claim], Outcome]
) -> Claim | None:
    policy = POLICIES[task]
    for claim in patiently(lambda: claim_steps(task, [run_id], position)):
        try:
            with keeper().keeping([claim], policy), saying_whose([claim]):
                outcome = work(claim)
                patiently(lambda: _record_one(claim, outcome))  # noqa: B023 - called at once
            return claim
        except LostLease:
            log.warning("lease_lost", run_id=run_id, position=position)
        except CATCHABLE as error:
            fail(claim, policy, error)
    return None


def saying_whose(claims: Sequence[Claim]) -> AbstractContextManager[None]:
    """What is logged meanwhile carries the ids of the web calls that caused the work."""
    ids = [claim.request_id for claim in claims[:5] if claim.request_id]
    return bound_contextvars(request_id=",".join(ids))


def claim_steps(
    task: str, run_ids: Sequence[int], position: int, *, alone: bool | None = None
) -> list[Claim]:
    """Claim what is free, in a transaction of its own: a claim counts before its work begins."""
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
        ours = steps.finish_steps(session, claims)
        if ours:
            record(session, ours)
    return ours


def _record_one(claim: Claim, outcome: Outcome) -> None:
    with transaction() as session:
        steps.finish_step(session, claim, state=outcome.state, error=outcome.error)
        outcome.record(session)


def fail(claim: Claim, policy: Policy, error: BaseException, *, certain: bool = False) -> None:
    """Record that a step failed, log it, and report what is a mistake of ours.

    ``certain`` says that nothing outside has happened, whatever the error is.
    """
    reason = f"{type(error).__name__}: {error}"

    def record() -> StepState | None:
        with transaction() as session:
            return steps.fail_step(
                session,
                claim,
                policy=policy,
                error=reason,
                permanent=isinstance(error, PermanentError),
                certain=certain or isinstance(error, TransientError | PermanentError),
            )

    state = patiently(record)
    log.warning(
        "step_failed",
        run_id=claim.run_id,
        position=claim.position,
        request_id=claim.request_id,
        failures=claim.failures + 1,
        state=state or "lease_lost",
        error=type(error).__name__,
    )
    if not isinstance(error, _EXPECTED):
        report_error(error, run_id=str(claim.run_id), request_id=claim.request_id)


def patiently(attempt: Callable[[], T]) -> T:
    """Try again while the database is away: work that was done should not be forgotten for it.

    Safe to repeat: a claim or finish that did commit before its answer was lost is refused by its
    own conditions the second time.
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
