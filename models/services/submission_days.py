"""The days of the house on which requests came in: stored, and put right where the zone changed."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.ledger.events import record_event

_BATCH = 1000  # ids: a writer waits for a tenth of a second

_COUNTED_IN = text("SELECT timezone FROM statistic_states")
# The one row may be missing: then nothing was ever counted. Of two that see the change one takes it.
_TAKE_OVER = text("""
    INSERT INTO statistic_states AS s (id, timezone) VALUES (1, :zone)
    ON CONFLICT (id) DO UPDATE SET timezone = excluded.timezone
        WHERE s.timezone IS DISTINCT FROM excluded.timezone
    RETURNING EXISTS (SELECT FROM maintenance_requests)
""")
_LAST = text("SELECT max(id) FROM maintenance_requests")
# Without waiting for a row that somebody else changes: who locks many in another order would wait
# for this in turn. What is passed over, the next recount puts right.
_REGROUP = text("""
    WITH wrong AS (
        SELECT id, (created_at AT TIME ZONE :zone)::date AS day FROM maintenance_requests
        WHERE id > :after AND id <= :upto
            AND submitted_on <> (created_at AT TIME ZONE :zone)::date
        FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE maintenance_requests r SET submitted_on = wrong.day FROM wrong WHERE r.id = wrong.id
""")


def order_regrouping(session: Session, *, timezone: ZoneInfo) -> bool:
    """Order a recount, which begins with ``regroup_days``, if days were last counted in another
    zone; returns whether."""
    if session.execute(_COUNTED_IN).scalar() == timezone.key:
        return False
    has_requests = session.execute(_TAKE_OVER, {"zone": timezone.key}).scalar()
    if not has_requests:
        return False
    record_event(session, "rebuild_due", subject_id=0)
    return True


def regroup_days(
    open_transaction: Callable[[], AbstractContextManager[Session]], *, timezone: ZoneInfo
) -> int:
    """Put right the days that are not those of ``timezone``, in many small transactions, so that
    nobody waits; returns how many. The triggers keep the statistics exact meanwhile. Safe twice."""
    with open_transaction() as session:
        last = session.execute(_LAST).scalar() or 0
    count = 0
    for after in range(0, last, _BATCH):
        bounds = {"after": after, "upto": after + _BATCH, "zone": timezone.key}
        with open_transaction() as session:
            count += session.execute(_REGROUP, bounds).rowcount  # type: ignore[attr-defined]
    return count
