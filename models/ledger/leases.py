"""What a runner may write about steps that it holds, while it holds them.

All of it is fenced: with a token that was raised since, nothing changes. Steps of several positions
are written about position by position.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.ledger.steps import MINE, Claim, as_mine

HANDING_OVER = "handing_over"

_RENEW = text(f"""
    UPDATE steps SET due_at = clock_timestamp() + make_interval(secs => :lease)
    WHERE {MINE} AND done_at IS NULL AND CASE WHEN state = 'running' THEN true END
""")
# A lease that runs for long enough is left as it is, so that no index has to learn of the note.
_ENTER = text(f"""
    UPDATE steps SET phase = :phase, state = 'running',
        due_at = CASE
            WHEN state = 'running'
                AND due_at > clock_timestamp() + make_interval(secs => :lease / 2) THEN due_at
            ELSE clock_timestamp() + make_interval(secs => :lease) END
    WHERE {MINE} AND done_at IS NULL
    RETURNING run_id
""")
_LEAVE = text(f"UPDATE steps SET phase = NULL WHERE {MINE}")
_RELEASE = text(f"""
    UPDATE steps SET state = 'ready', phase = NULL, claims = claims - 1, token = token + 1,
        due_at = clock_timestamp() + make_interval(secs => :lease)
    WHERE {MINE} AND done_at IS NULL AND CASE WHEN state <> 'retry' THEN true END
""")


def renew_leases(session: Session, claims: Sequence[Claim], *, lease: float) -> None:
    """Push the end of these leases out; claims that are no longer ours are left as they are."""
    for group in _by_position(claims):
        session.execute(_RENEW, {**as_mine(group), "lease": lease})


def enter_phase(
    session: Session, claims: Sequence[Claim], phase: str, *, lease: float
) -> list[Claim]:
    """Note that effects outside are about to begin; their leases run for at least half of ``lease``
    (seconds) from here on. The claims are of one position.

    Returns those that are still ours; do not begin with the others.
    """
    given = {**as_mine(claims), "phase": phase, "lease": lease}
    ours = set(session.execute(_ENTER, given).scalars())
    return [claim for claim in claims if claim.run_id in ours]


def leave_phase(session: Session, claims: Sequence[Claim]) -> None:
    """Take a note back: with these steps, which are still claimed, nothing outside was begun."""
    for group in _by_position(claims):
        session.execute(_LEAVE, as_mine(group))


def release_steps(session: Session, claims: Sequence[Claim], *, lease: float) -> None:
    """Give steps back that this runner claimed and certainly did not begin: no failure, no doubt.

    They are due again after ``lease`` (seconds), if nobody claims them before.
    """
    for group in _by_position(claims):
        session.execute(_RELEASE, {**as_mine(group), "lease": lease})


def _by_position(claims: Sequence[Claim]) -> Iterator[list[Claim]]:
    groups: dict[int, list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[claim.position].append(claim)
    yield from groups.values()
