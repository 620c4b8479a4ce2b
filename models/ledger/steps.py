"""The outbox of runs and steps: claiming, finishing and failing steps.

A step is claimed by one UPDATE that only one runner can win and that raises the step's token. Every
later write has that token as a condition (fencing), so a runner that lost its lease changes nothing,
however late it continues. ``docs/durability.md`` has the states and the guarantees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import uniform
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from models.arrays import as_array
from models.errors import LostLease
from models.ledger.run import Step, StepState

# How long (seconds) the chain's own message for the next step may take before the dispatcher
# publishes another. The same as PUBLISH_LEASE in dispatch.py, which decides by age which messages
# are lost.
NEXT_STEP_GRACE = 30


@dataclass(frozen=True, slots=True)
class Policy:
    """Leases and retries of a task. Times are in seconds.

    ``lease`` is how long a runner may go without a renewal before another may claim its step;
    ``limit`` is how long one try may take in all. After ``max_failures`` reported failures a step is
    dead. After ``max_losses`` runners that ended without a report it is dead too, because it
    probably crashes its runners (a poison message). ``batch`` is how many steps a message may have.

    A step that ``gives_up`` is done, not dead, after its last failure: what stands without it is
    good enough, and no person must act.
    """

    lease: float
    limit: float
    max_failures: int
    max_losses: int
    backoff: float
    backoff_cap: float
    batch: int = 1
    gives_up: bool = False

    def delay(self, failures: int) -> float:
        """Seconds until the next try: exponential back-off, of which the upper half is random, so
        that many steps that failed together are not tried together."""
        ceiling = min(self.backoff_cap, self.backoff * 2.0 ** max(0, failures - 1))
        return uniform(ceiling / 2, ceiling)  # noqa: S311 - spreads load, guards nothing


@dataclass(frozen=True, slots=True)
class Claim:
    """A step that this runner has claimed until its lease ends. ``subject_id`` is that of the event."""

    run_id: int
    position: int
    token: int
    claims: int
    failures: int
    event: str
    subject_id: int
    request_id: str


# These statements are written so that the planner can only use the primary key. Steps are added and
# finished all the time, so the planner's statistics are always out of date, and with them it plans a
# join as a scan of the whole table, or uses ix_steps_due, which it takes for much smaller than it is.
# - No joins: rows are looked up one by one (LATERAL ... LIMIT 1) or by an array of ids.
# - The states that ix_steps_due covers are tested inside CASE, or replaced by done_at IS NULL: the
#   planner then cannot tell that the index would apply.
_FREE = """
    SELECT free.run_id FROM unnest(CAST(:run_ids AS bigint[])) AS wanted (id)
    CROSS JOIN LATERAL (
        SELECT run_id FROM steps
        WHERE run_id = wanted.id AND position = :position AND task = :task AND {condition}
        LIMIT 1 FOR UPDATE SKIP LOCKED
    ) AS free
"""
_IS_FREE = "run_id = ANY(ARRAY(SELECT run_id FROM free)) AND position = :position"

# The steps of some claims at the same position whose tokens nobody has raised since the claim.
STILL_CLAIMED = """
    run_id = ANY(CAST(:run_ids AS bigint[])) AND position = :position
    AND token = (CAST(:tokens AS bigint[]))[
        array_position(CAST(:run_ids AS bigint[]), run_id)]
"""

_CLAIMABLE = (
    "CASE WHEN state IN ('running', 'retry') THEN due_at <= clock_timestamp()"
    " ELSE state = 'ready' END AND (claims = 0 OR :alone)"
)
_IS_POISON = "claims - failures >= :max_losses"
_CLAIM = text(f"""
    WITH free AS MATERIALIZED (
        {_FREE.format(condition=_CLAIMABLE)}
    ), taken AS (
        UPDATE steps SET
            state = CASE WHEN phase IS NOT NULL THEN 'unknown'
                         WHEN {_IS_POISON} THEN 'dead' ELSE 'running' END,
            token = token + 1,
            claims = claims + CASE WHEN phase IS NOT NULL OR {_IS_POISON} THEN 0 ELSE 1 END,
            started_at = clock_timestamp(),
            done_at = CASE WHEN phase IS NOT NULL OR {_IS_POISON} THEN clock_timestamp() END,
            last_error = CASE
                WHEN phase IS NOT NULL THEN 'a runner was lost during the hand-over'
                WHEN {_IS_POISON} THEN coalesce(last_error, 'its runner was lost')
                ELSE last_error END,
            due_at = clock_timestamp() + make_interval(secs => :lease)
        WHERE {_IS_FREE}
        RETURNING run_id, position, state, token, claims, failures
    )
    SELECT taken.*, run.* FROM taken CROSS JOIN LATERAL (
        SELECT event, subject_id, request_id FROM runs WHERE id = taken.run_id LIMIT 1
    ) AS run ORDER BY run_id
""")


def claim_steps(
    session: Session,
    *,
    task: str,
    run_ids: Sequence[int],
    position: int,
    policy: Policy,
    alone: bool | None = None,
) -> list[Claim]:
    """Claim the steps at ``position`` of ``run_ids`` that are free; the others are skipped.

    ``task`` is the runner's own task: steps of other tasks are not claimed, whatever the message
    says. A step that was claimed before can only be claimed by a message for it alone, not by one
    with several ids. ``alone`` tells which kind the message is, if ``run_ids`` are only a part of
    it.

    A step that too many runners were lost with becomes ``dead``; one whose last runner was lost
    during the hand-over becomes ``unknown``. In both cases the next step of the run becomes ready.
    """
    rows = session.execute(
        _CLAIM,
        {
            "task": task,
            "run_ids": as_array(sorted(run_ids)),
            "position": position,
            "alone": len(run_ids) == 1 if alone is None else alone,
            "max_losses": policy.max_losses,
            "lease": policy.lease,
        },
    ).all()
    ended = [row.run_id for row in rows if row.state != StepState.RUNNING]
    if ended:
        _unblock(session, ended, position)
        for row in rows:
            if row.state == StepState.UNKNOWN:
                _mark_mail_unknown(session, row.run_id, row.position)
    return [_as_claim(row) for row in rows if row.state == StepState.RUNNING]


def _as_claim(row: Row[Any]) -> Claim:
    return Claim(
        run_id=row.run_id,
        position=row.position,
        token=row.token,
        claims=row.claims,
        failures=row.failures,
        event=row.event,
        subject_id=row.subject_id,
        request_id=row.request_id,
    )


_FREED = """
    UPDATE steps SET state = 'ready', due_at = clock_timestamp() + make_interval(secs => :grace)
    WHERE run_id = ANY(ARRAY(SELECT run_id FROM ended)) AND position = :next AND state = 'blocked'
"""

# If nobody has raised the token, the claim is still valid, even if the lease ran out or the
# dispatcher has set the step to ready again: no other runner has begun.
_FINISH = text(f"""
    WITH ended AS (
        UPDATE steps SET state = :state, done_at = clock_timestamp(), phase = NULL,
            last_error = CASE WHEN :state = 'done' THEN NULL ELSE :error END
        WHERE {STILL_CLAIMED} AND done_at IS NULL
        RETURNING run_id
    ), freed AS ({_FREED})
    SELECT run_id FROM ended
""")

_END = text(f"""
    WITH free AS MATERIALIZED (
        {_FREE.format(condition="CASE WHEN claims = 0 THEN state = 'ready' END")}
    ), ended AS (
        UPDATE steps SET state = 'done', token = token + 1, claims = 1,
            started_at = clock_timestamp(), done_at = clock_timestamp()
        WHERE {_IS_FREE}
        RETURNING run_id
    ), freed AS ({_FREED})
    SELECT count(*) FROM ended
""")


def finish_steps(
    session: Session,
    claims: Sequence[Claim],
    *,
    state: StepState = StepState.DONE,
    error: str = "",
    grace: float = NEXT_STEP_GRACE,
) -> list[Claim]:
    """End the claims and make the next steps of their runs ready; returns the claims that were still
    valid.

    If the chain's own message for a next step has not come after ``grace`` (seconds), the
    dispatcher publishes one.

    Call it first in the transaction of the effect, and apply the effect only for the returned
    claims: then the effect and ``done`` are committed together or not at all.
    """
    if not claims:
        return []
    position = claims[0].position
    rows = session.execute(
        _FINISH,
        {
            "state": state,
            "error": error[:500],
            **claim_parameters(claims),
            "next": position + 1,
            "grace": grace,
        },
    ).scalars()
    valid = set(rows)
    return [claim for claim in claims if claim.run_id in valid]


def end_steps(session: Session, *, task: str, run_ids: Sequence[int], position: int) -> int:
    """Claim and end the steps that are free and were never claimed, in one statement. Only for work
    that is done completely in the caller's transaction: if the runner dies, all of it is rolled
    back. Returns how many steps ended.

    Steps that were claimed before are left for ``claim_steps``, which counts lost runners.
    """
    values = {
        "task": task,
        "run_ids": as_array(sorted(run_ids)),
        "position": position,
        "next": position + 1,
        "grace": NEXT_STEP_GRACE,
    }
    return int(session.execute(_END, values).scalar_one())


def finish_step(
    session: Session, claim: Claim, *, state: StepState = StepState.DONE, error: str = ""
) -> None:
    """End one claim and make the next step ready.

    Raises:
        LostLease: another runner has claimed the step since; roll the effect back.
    """
    if not finish_steps(session, [claim], state=state, error=error):
        raise LostLease


def _unblock(session: Session, run_ids: Sequence[int], position: int) -> None:
    session.execute(
        text("""
            UPDATE steps SET state = 'ready',
                due_at = clock_timestamp() + make_interval(secs => :grace)
            WHERE run_id = ANY(CAST(:run_ids AS bigint[])) AND position = :next
              AND state = 'blocked'
        """),
        {"run_ids": as_array(run_ids), "next": position + 1, "grace": NEXT_STEP_GRACE},
    )


def fail_step(
    session: Session,
    claim: Claim,
    *,
    policy: Policy,
    error: str,
    permanent: bool = False,
    certain: bool = False,
) -> StepState | None:
    """Record a failure: ``retry`` with back-off, or ``dead`` after the last one (``done`` if the
    policy gives up).

    ``certain`` says that the external system did nothing. Without it, a step in a phase (such as
    ``handing_over``) becomes ``unknown``: trying again might do it twice.

    Returns the new state, or None if the claim was lost and nothing was written.
    """
    failures = claim.failures + 1
    if not certain and _is_handing_over(session, claim):
        ended = finish_steps(session, [claim], state=StepState.UNKNOWN, error=error)
        if ended:
            _mark_mail_unknown(session, claim.run_id, claim.position)
        return StepState.UNKNOWN if ended else None
    if permanent or failures >= policy.max_failures:
        last = StepState.DONE if policy.gives_up else StepState.DEAD
        ended = finish_steps(session, [claim], state=last, error=error)
        return last if ended else None
    written = session.execute(
        text("""
            UPDATE steps SET state = 'retry', failures = :failures, phase = NULL,
                last_error = :error,
                due_at = clock_timestamp() + make_interval(secs => :delay)
            WHERE run_id = :run_id AND position = :position AND token = :token
              AND done_at IS NULL
            RETURNING run_id
        """),
        {
            "failures": failures,
            "error": error[:500],
            "delay": policy.delay(failures),
            "run_id": claim.run_id,
            "position": claim.position,
            "token": claim.token,
        },
    ).first()
    return StepState.RETRY if written else None


def list_stuck(session: Session, *, task: str, run_ids: Sequence[int], position: int) -> list[Step]:
    """The steps that wait for a person: dead or unknown."""
    return list(
        session.scalars(
            select(Step).where(
                Step.run_id.in_(run_ids),
                Step.position == position,
                Step.task == task,
                Step.done_at.is_not(None),
                Step.state.in_([StepState.DEAD, StepState.UNKNOWN]),
            )
        )
    )


def hasten_next(session: Session, run_ids: Sequence[int], position: int) -> None:
    """Make the steps after ``position`` due, where no message carries them on."""
    session.execute(
        text("""
            UPDATE steps SET due_at = clock_timestamp()
            WHERE run_id = ANY(CAST(:run_ids AS bigint[])) AND position = :next
              AND CASE WHEN claims = 0 THEN state = 'ready' END
        """),
        {"run_ids": as_array(run_ids), "next": position + 1},
    )


def claim_parameters(claims: Sequence[Claim]) -> dict[str, object]:
    """The parameters of ``STILL_CLAIMED``."""
    return {
        "run_ids": as_array(claim.run_id for claim in claims),
        "tokens": as_array(claim.token for claim in claims),
        "position": claims[0].position,
    }


def _is_handing_over(session: Session, claim: Claim) -> bool:
    phase = session.execute(
        text("""
            SELECT phase FROM steps
            WHERE run_id = :run_id AND position = :position AND token = :token FOR UPDATE
        """),
        {"run_id": claim.run_id, "position": claim.position, "token": claim.token},
    ).scalar()
    return phase is not None


def _mark_mail_unknown(session: Session, run_id: int, position: int) -> None:
    session.execute(
        text("""
            WITH ended AS (
                UPDATE mails SET state = 'unknown'
                WHERE run_id = :run_id AND position = :position AND state = 'queued'
                RETURNING request_id, kind
            )
            INSERT INTO timeline_entries (request_id, event, actor, data)
            SELECT request_id, kind || '_unknown', '', '{}' FROM ended
            WHERE request_id IS NOT NULL
        """),
        {"run_id": run_id, "position": position},
    )
