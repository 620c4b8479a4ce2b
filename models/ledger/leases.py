"""What a runner may write about the steps that it has claimed, while they run.

Every write is fenced: if another claim has raised the step's token since, nothing changes. Claims
of several positions are written with one statement per position.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.ledger.steps import STILL_CLAIMED, Claim, claim_parameters

HANDING_OVER = "handing_over"

_RENEW = text(f"""
    UPDATE steps SET due_at = clock_timestamp() + make_interval(secs => :lease)
    WHERE {STILL_CLAIMED} AND done_at IS NULL AND CASE WHEN state = 'running' THEN true END
""")
# A lease that is long enough is not changed, so that the index on due_at needs no update.
_ENTER = text(f"""
    UPDATE steps SET phase = :phase, state = 'running',
        due_at = CASE
            WHEN state = 'running'
                AND due_at > clock_timestamp() + make_interval(secs => :lease / 2) THEN due_at
            ELSE clock_timestamp() + make_interval(secs => :lease) END
    WHERE {STILL_CLAIMED} AND done_at IS NULL
    RETURNING run_id
""")
_LEAVE = text(f"UPDATE steps SET phase = NULL WHERE {STILL_CLAIMED}")
_RELEASE = text(f"""
    UPDATE steps SET state = 'ready', phase = NULL, claims = claims - 1, token = token + 1,
        due_at = clock_timestamp() + make_interval(secs => :lease)
    WHERE {STILL_CLAIMED} AND done_at IS NULL AND CASE WHEN state <> 'retry' THEN true END
""")


def renew_leases(session: Session, claims: Sequence[Claim], *, lease: float) -> None:
    """Set the end of these leases to ``lease`` seconds from now; lost claims are left as they are."""
    for group in _by_position(claims):
        session.execute(_RENEW, {**claim_parameters(group), "lease": lease})


def enter_phase(
    session: Session, claims: Sequence[Claim], phase: str, *, lease: float
) -> list[Claim]:
    """Record that external effects of these claims are about to begin. Their leases then last for at
    least half of ``lease`` (seconds). All claims must have the same position.

    Returns the claims that are still valid; do not begin with the others.
    """
    given = {**claim_parameters(claims), "phase": phase, "lease": lease}
    valid = set(session.execute(_ENTER, given).scalars())
    return [claim for claim in claims if claim.run_id in valid]


def leave_phase(session: Session, claims: Sequence[Claim]) -> None:
    """Undo ``enter_phase`` for claims that are still valid and whose external effect has not begun."""
    for group in _by_position(claims):
        session.execute(_LEAVE, claim_parameters(group))


def release_steps(session: Session, claims: Sequence[Claim], *, lease: float) -> None:
    """Release steps that this runner claimed and certainly did not begin. It counts as no failure.

    They can be claimed at once; the dispatcher publishes them again after ``lease`` (seconds).
    """
    for group in _by_position(claims):
        session.execute(_RELEASE, {**claim_parameters(group), "lease": lease})


def _by_position(claims: Sequence[Claim]) -> Iterator[list[Claim]]:
    groups: dict[int, list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[claim.position].append(claim)
    yield from groups.values()
