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

from models.errors import LostLease
from models.run import StepState

HANDING_OVER = "handing_over"

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


_CLAIM = text("""
    WITH free AS (
        SELECT run_id, position, phase, claims, failures FROM steps
        WHERE run_id = ANY(:run_ids) AND position = :position
          AND task = :task
          AND (state = 'ready' OR (state IN ('running', 'retry') AND due_at <= clock_timestamp()))
          AND (claims = 0 OR :alone)
        ORDER BY run_id FOR UPDATE SKIP LOCKED
    ), taken AS (
        UPDATE steps s SET
            state = CASE WHEN f.phase IS NOT NULL THEN 'unknown'
                         WHEN f.claims - f.failures >= :max_losses THEN 'dead' ELSE 'running' END,
            token = s.token + 1,
            claims = s.claims + CASE WHEN f.phase IS NULL AND f.claims - f.failures < :max_losses
                                     THEN 1 ELSE 0 END,
            started_at = clock_timestamp(),
            done_at = CASE WHEN f.phase IS NOT NULL OR f.claims - f.failures >= :max_losses
                           THEN clock_timestamp() END,
            last_error = CASE
                WHEN f.phase IS NOT NULL THEN 'a runner was lost during the hand-over'
                WHEN f.claims - f.failures >= :max_losses THEN coalesce(s.last_error, 'its runner was lost')
                ELSE s.last_error END,
            due_at = clock_timestamp() + make_interval(secs => :lease)
        FROM free f WHERE s.run_id = f.run_id AND s.position = f.position
        RETURNING s.run_id, s.position, s.state, s.token, s.claims, s.failures
    )
    SELECT t.*, r.event, r.subject_id, r.request_id
    FROM taken t JOIN runs r ON r.id = t.run_id ORDER BY t.run_id
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
            "run_ids": list(run_ids),
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


# The ids stand twice in the conditions: what is joined alone makes the planner read the whole table
# as soon as its statistics are old, and here they always are.
# A token that nobody raised is still ours, even if the lease ran out or the dispatcher has put the
# step back to ready: nobody else has begun.
_FINISH = text("""
    WITH ended AS (
        UPDATE steps s SET state = :state, done_at = clock_timestamp(), phase = NULL,
            last_error = CASE WHEN :state = 'done' THEN NULL ELSE :error END
        FROM unnest(:run_ids, :tokens) AS mine(run_id, token)
        WHERE s.run_id = ANY(:run_ids)
          AND s.run_id = mine.run_id AND s.position = :position AND s.token = mine.token
          AND s.state IN ('running', 'ready', 'retry')
        RETURNING s.run_id
    ), freed AS (
        UPDATE steps n SET state = 'ready',
            due_at = clock_timestamp() + make_interval(secs => :grace)
        FROM ended WHERE n.run_id = ANY(:run_ids)
          AND n.run_id = ended.run_id AND n.position = :next AND n.state = 'blocked'
    )
    SELECT run_id FROM ended
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
            "run_ids": [claim.run_id for claim in claims],
            "tokens": [claim.token for claim in claims],
            "position": position,
            "next": position + 1,
            "grace": grace,
        },
    ).scalars()
    ours = set(rows)
    return [claim for claim in claims if claim.run_id in ours]


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
            WHERE run_id = ANY(:run_ids) AND position = :next AND state = 'blocked'
        """),
        {"run_ids": list(run_ids), "next": position + 1, "grace": FAST_ROAD_GRACE},
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


def renew_leases(session: Session, claims: Sequence[Claim], *, lease: float) -> None:
    """Push the end of these leases out; claims that are no longer ours are left as they are."""
    session.execute(
        text("""
            UPDATE steps s SET due_at = clock_timestamp() + make_interval(secs => :lease)
            FROM unnest(:run_ids, :positions, :tokens) AS mine(run_id, position, token)
            WHERE s.run_id = ANY(:run_ids)
              AND s.run_id = mine.run_id AND s.position = mine.position
              AND s.token = mine.token AND s.state = 'running'
        """),
        {
            "lease": lease,
            "run_ids": [claim.run_id for claim in claims],
            "positions": [claim.position for claim in claims],
            "tokens": [claim.token for claim in claims],
        },
    )


def _is_handing_over(session: Session, claim: Claim) -> bool:
    phase = session.execute(
        text("""
            SELECT phase FROM steps
            WHERE run_id = :run_id AND position = :position AND token = :token FOR UPDATE
        """),
        {"run_id": claim.run_id, "position": claim.position, "token": claim.token},
    ).scalar()
    return phase is not None


def enter_phase(session: Session, claim: Claim, phase: str, *, lease: float) -> None:
    """Note, fenced, that an effect outside is about to begin, and start a fresh lease for it.

    Raises:
        LostLease: another runner has the step; do not begin.
    """
    written = session.execute(
        text("""
            UPDATE steps SET phase = :phase, state = 'running',
                due_at = clock_timestamp() + make_interval(secs => :lease)
            WHERE run_id = :run_id AND position = :position AND token = :token
              AND state IN ('running', 'ready', 'retry')
            RETURNING run_id
        """),
        {
            "phase": phase,
            "lease": lease,
            "run_id": claim.run_id,
            "position": claim.position,
            "token": claim.token,
        },
    ).first()
    if written is None:
        raise LostLease


def enter_phase_together(
    session: Session, claims: Sequence[Claim], phase: str, *, lease: float
) -> list[Claim]:
    """As ``enter_phase`` for several steps at the same position, in one statement.

    Returns those that are still ours; do not begin with the others.
    """
    rows = session.execute(
        text("""
            UPDATE steps s SET phase = :phase, state = 'running',
                due_at = clock_timestamp() + make_interval(secs => :lease)
            FROM unnest(:run_ids, :tokens) AS mine(run_id, token)
            WHERE s.run_id = ANY(:run_ids)
              AND s.run_id = mine.run_id AND s.position = :position AND s.token = mine.token
              AND s.state IN ('running', 'ready', 'retry')
            RETURNING s.run_id
        """),
        {
            "phase": phase,
            "lease": lease,
            "run_ids": [claim.run_id for claim in claims],
            "tokens": [claim.token for claim in claims],
            "position": claims[0].position,
        },
    ).scalars()
    ours = set(rows)
    return [claim for claim in claims if claim.run_id in ours]


def leave_phase(session: Session, claims: Sequence[Claim]) -> None:
    """Take a note back: with these steps, which are still claimed, nothing outside was begun."""
    if not claims:
        return
    session.execute(
        text("""
            UPDATE steps s SET phase = NULL
            FROM unnest(:run_ids, :tokens) AS mine(run_id, token)
            WHERE s.run_id = ANY(:run_ids)
              AND s.run_id = mine.run_id AND s.position = :position AND s.token = mine.token
        """),
        {
            "run_ids": [claim.run_id for claim in claims],
            "tokens": [claim.token for claim in claims],
            "position": claims[0].position,
        },
    )


def release_steps(session: Session, claims: Sequence[Claim], *, lease: float) -> None:
    """Give steps back that this runner claimed and certainly did not begin: no failure, no doubt.

    They are due again after ``lease`` (seconds), if nobody claims them before.
    """
    session.execute(
        text("""
            UPDATE steps s SET state = 'ready', phase = NULL, claims = s.claims - 1,
                due_at = clock_timestamp() + make_interval(secs => :lease)
            FROM unnest(:run_ids, :positions, :tokens) AS mine(run_id, position, token)
            WHERE s.run_id = ANY(:run_ids)
              AND s.run_id = mine.run_id AND s.position = mine.position
              AND s.token = mine.token AND s.state IN ('running', 'ready')
        """),
        {
            "lease": lease,
            "run_ids": [claim.run_id for claim in claims],
            "positions": [claim.position for claim in claims],
            "tokens": [claim.token for claim in claims],
        },
    )


def _mark_mail_unknown(session: Session, run_id: int, position: int) -> None:
    session.execute(
        text("""
            UPDATE mails SET state = 'unknown'
            WHERE run_id = :run_id AND position = :position AND state = 'queued'
        """),
        {"run_id": run_id, "position": position},
    )
