"""Updating the counters: folding deltas into them, and a recount that should find no drift."""

from sqlalchemy import text
from sqlalchemy.orm import Session

# The key of an advisory lock, so that only one transaction folds at a time.
_LOCK = 0x48414A41

_FOLD = text("""
    WITH taken AS (
        DELETE FROM statistic_deltas RETURNING day, category, priority, status, n, seconds
    ), alike AS (
        SELECT day, category, priority, status, sum(n) AS n, sum(seconds) AS seconds
        FROM taken GROUP BY day, category, priority, status
    ), sums AS (
        SELECT 'category' AS dimension, category AS name, n, 0 AS seconds FROM alike
        UNION ALL SELECT 'priority', priority, n, 0 FROM alike
        UNION ALL SELECT 'status', status, n, seconds FROM alike
        UNION ALL SELECT 'day', day::text, n, 0 FROM alike
    )
    INSERT INTO statistic_counts AS c (dimension, name, n, seconds)
    SELECT dimension, name, sum(n), sum(seconds) FROM sums GROUP BY dimension, name
    ON CONFLICT (dimension, name)
    DO UPDATE SET n = c.n + excluded.n, seconds = c.seconds + excluded.seconds
""")

_RECOUNT = text("""
    INSERT INTO statistic_counts (dimension, name, n, seconds)
    WITH cube AS (
        SELECT category, priority, status, submitted_on AS day, count(*) AS n,
            coalesce(sum(extract(epoch FROM completed_at - created_at))
                     FILTER (WHERE status = 'completed'), 0) AS seconds
        FROM maintenance_requests GROUP BY 1, 2, 3, 4
    )
    SELECT 'category', category, sum(n), 0 FROM cube GROUP BY 2
    UNION ALL SELECT 'priority', priority, sum(n), 0 FROM cube GROUP BY 2
    UNION ALL SELECT 'status', status, sum(n), sum(seconds) FROM cube GROUP BY 2
    UNION ALL SELECT 'day', day::text, sum(n), 0 FROM cube GROUP BY 2
""")

_DRIFT = text("""
    SELECT coalesce(sum(abs(coalesce(a.n, 0) - coalesce(b.n, 0))), 0)
    FROM before_rebuild a FULL JOIN statistic_counts b USING (dimension, name)
""")


def fold_deltas(session: Session) -> None:
    """Add the deltas to the counters and delete them, in the caller's transaction, so that none is
    added twice."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    session.execute(_FOLD)
    _note_folded(session)


def rebuild_counts(session: Session) -> int:
    """Recount everything from the requests; returns the drift: by how many the counters were wrong.

    Writers wait until the recount is committed: a lock keeps rows and deltas consistent.
    """
    # The same lock order as an import, which writes requests and then folds.
    session.execute(text("LOCK TABLE maintenance_requests IN SHARE ROW EXCLUSIVE MODE"))
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    session.execute(_FOLD)
    session.execute(
        text("CREATE TEMP TABLE before_rebuild ON COMMIT DROP AS SELECT * FROM statistic_counts")
    )
    session.execute(text("DELETE FROM statistic_counts"))
    session.execute(_RECOUNT)
    drift = int(session.execute(_DRIFT).scalar_one())
    _note_folded(session)
    session.execute(
        text("UPDATE statistic_states SET rebuilt_at = clock_timestamp(), drift = :drift"),
        {"drift": drift},
    )
    return drift


def _note_folded(session: Session) -> None:
    session.execute(
        text("""
            INSERT INTO statistic_states (id) VALUES (1)
            ON CONFLICT (id) DO UPDATE SET folded_at = clock_timestamp()
        """)
    )
