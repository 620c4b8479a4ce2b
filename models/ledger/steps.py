"""Claim, fence, finish: how a runner takes a step of work and how it may write about it.

A step is taken by one UPDATE that only one runner can win and that raises the step's token. Every
later write names that token, so a runner that lost its lease changes nothing, however late it
wakes up. ``docs/durability.md`` has the states and the promise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import uniform
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from models.arrays import as_array
from models.errors import LostLease
from models.ledger.run import StepState

# How long a chain's own next message may take before the dispatcher publishes another, in seconds;
# the same as for the dispatcher's own messages, so that both kinds age alike.
FAST_ROAD_GRACE = 30


@dataclass(frozen=True, slots=True)
class Policy:
    """How hard we try. Times are in seconds.

    ``lease`` is how long a runner may be silent before its step is given to another, ``limit`` how
    long one try may take in all;
    ``max_failures`` counts failures that were reported, ``max_losses`` runners that vanished with
    the step in hand (the mark of a poisonous one); ``batch`` is how many steps a message may carry.
    """

    lease: float
    limit: float
    max_failures: int
    max_losses: int
    backoff: float
    backoff_cap: float
    batch: int = 1

    def delay(self, failures: int) -> float:
        """Exponential back-off with full jitter on its upper half, so that a crowd spreads out."""
        ceiling = min(self.backoff_cap, self.backoff * 2.0 ** max(0, failures - 1))
        return uniform(ceiling / 2, ceiling)  # noqa: S311 - spreads load, guards nothing


@dataclass(frozen=True, slots=True)
class Claim:
    """A step that this runner holds until its lease ends. ``subject_id`` is the event's subject."""

    run_id: int
    position: int
    token: int
    claims: int
    failures: int
    event: str
    subject_id: int
    request_id: str


# Rows come and go here by the second, so the planner's statistics are always old, and whatever it
# may join it may join the wrong way round: each row with each, after reading the whole table. So
# nothing is joined: rows are looked up one by one (LATERAL ... LIMIT), or by the numbers that were
# given or found. It does not see through CASE, and does not know that what is not done may be due:
# so the index of due work, which looks small to it, does not tempt it either.
_FREE = """
    SELECT free.run_id FROM unnest(CAST(:run_ids AS bigint[])) AS wanted (id)
    CROSS JOIN LATERAL (
        SELECT run_id FROM steps
        WHERE run_id = wanted.id AND position = :position AND task = :task AND {condition}
        LIMIT 1 FOR UPDATE SKIP LOCKED
    ) AS free
"""
_IS_FREE = "run_id = ANY(ARRAY(SELECT run_id FROM free)) AND position = :position"

# The steps of some claims at the same position, as long as their tokens are still the claims'.
MINE = """
    run_id = ANY(CAST(:run_ids AS bigint[])) AND position = :position
    AND token = (CAST(:tokens AS bigint[]))[
        array_position(CAST(:run_ids AS bigint[]), run_id)]
"""

_CLAIMABLE = (
    "CASE WHEN state IN ('running', 'retry') THEN due_at <= clock_timestamp()"
    " ELSE state = 'ready' END AND (claims = 0 OR :alone)"
)
_IS_POISONOUS = "claims - failures >= :max_losses"
_CLAIM = text(f"""
    WITH free AS MATERIALIZED (
        {_FREE.format(condition=_CLAIMABLE)}
    ), taken AS (
        UPDATE steps SET
            state = CASE WHEN phase IS NOT NULL THEN 'unknown'
                         WHEN {_IS_POISONOUS} THEN 'dead' ELSE 'running' END,
            token = token + 1,
            claims = claims + CASE WHEN phase IS NOT NULL OR {_IS_POISONOUS} THEN 0 ELSE 1 END,
            started_at = clock_timestamp(),
            done_at = CASE WHEN phase IS NOT NULL OR {_IS_POISONOUS} THEN clock_timestamp() END,
            last_error = CASE
                WHEN phase IS NOT NULL THEN 'a runner was lost during the hand-over'
                WHEN {_IS_POISONOUS} THEN coalesce(last_error, 'its runner was lost')
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
    """Take what is free among the steps at ``position`` of ``run_ids``; others are left quietly.

    ``task`` is the runner's own: it takes no step of another kind, whatever its message says.
    A step that was claimed before travels alone: a message with several ids cannot take it
    (``alone`` says which kind the message is, where ``run_ids`` are only a part of it). One
    that cost too many runners goes ``dead``, and one whose last runner vanished while handing over
    goes ``unknown``; both let the run go on.
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

# A token that nobody raised is still ours, even if the lease ran out or the dispatcher has put the
# step back to ready: nobody else has begun.
_FINISH = text(f"""
    WITH ended AS (
        UPDATE steps SET state = :state, done_at = clock_timestamp(), phase = NULL,
            last_error = CASE WHEN :state = 'done' THEN NULL ELSE :error END
        WHERE {MINE} AND done_at IS NULL
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
    grace: float = FAST_ROAD_GRACE,
) -> list[Claim]:
    """End the claims and let their runs go on; returns those that were still ours.

    The dispatcher publishes their next steps after ``grace`` (seconds), if the chain's own message
    has not come by then.

    Call it first in the transaction of the effect and apply the effect for the returned claims
    only: then effect and ``done`` stand or fall together.
    """
    if not claims:
        return []
    position = claims[0].position
    rows = session.execute(
        _FINISH,
        {
            "state": state,
            "error": error[:500],
            **as_mine(claims),
            "next": position + 1,
            "grace": grace,
        },
    ).scalars()
    ours = set(rows)
    return [claim for claim in claims if claim.run_id in ours]


def end_steps(session: Session, *, task: str, run_ids: Sequence[int], position: int) -> int:
    """End what is free and was never claimed in one go: for work that is nothing but the caller's
    transaction, which a runner that dies takes back as a whole. Returns how many.

    What was claimed before is left for ``claim_steps``, which counts lost runners.
    """
    values = {
        "task": task,
        "run_ids": as_array(sorted(run_ids)),
        "position": position,
        "next": position + 1,
        "grace": FAST_ROAD_GRACE,
    }
    return int(session.execute(_END, values).scalar_one())


def finish_step(
    session: Session, claim: Claim, *, state: StepState = StepState.DONE, error: str = ""
) -> None:
    """End one claim.

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
        {"run_ids": as_array(run_ids), "next": position + 1, "grace": FAST_ROAD_GRACE},
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
    """Record a failure: ``retry`` with back-off, or ``dead`` after the last one.

    ``certain`` says that the outside did nothing. Without it, a step that was already handing over
    goes ``unknown``: trying again might do it twice.

    Returns the new state, or None if the claim was no longer ours and nothing was written.
    """
    failures = claim.failures + 1
    if not certain and _is_handing_over(session, claim):
        ended = finish_steps(session, [claim], state=StepState.UNKNOWN, error=error)
        if ended:
            _mark_mail_unknown(session, claim.run_id, claim.position)
        return StepState.UNKNOWN if ended else None
    if permanent or failures >= policy.max_failures:
        ended = finish_steps(session, [claim], state=StepState.DEAD, error=error)
        return StepState.DEAD if ended else None
    written = session.execute(
        text("""
            UPDATE steps SET state = 'retry', failures = :failures, phase = NULL,
                last_error = :error,
                due_at = clock_timestamp() + make_interval(secs => :delay)
            WHERE run_id = :run_id AND position = :position AND token = :token
              AND state IN ('running', 'ready', 'retry')
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


def as_mine(claims: Sequence[Claim]) -> dict[str, object]:
    """What ``MINE`` is given."""
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
            UPDATE mails SET state = 'unknown'
            WHERE run_id = :run_id AND position = :position AND state = 'queued'
        """),
        {"run_id": run_id, "position": position},
    )
