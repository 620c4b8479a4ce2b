"""Statistics keep themselves: triggers append what changed; tables that churn are vacuumed early"""

from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None

# Statement triggers with transition tables: one INSERT however many rows a statement changes, and
# nothing in the application can forget them.
_FUNCTION = """
CREATE FUNCTION append_statistic_deltas() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        INSERT INTO statistic_deltas (day, category, priority, status, n, seconds)
        SELECT submitted_on, category, priority, status, -count(*),
            -coalesce(sum(extract(epoch FROM completed_at - created_at))
                      FILTER (WHERE status = 'completed'), 0)
        FROM old_rows GROUP BY 1, 2, 3, 4;
    END IF;
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        INSERT INTO statistic_deltas (day, category, priority, status, n, seconds)
        SELECT submitted_on, category, priority, status, count(*),
            coalesce(sum(extract(epoch FROM completed_at - created_at))
                     FILTER (WHERE status = 'completed'), 0)
        FROM new_rows GROUP BY 1, 2, 3, 4;
    END IF;
    RETURN NULL;
END $$
"""

_TRIGGERS = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}


def upgrade() -> None:
    op.execute(_FUNCTION)
    for event, transition in _TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER statistics_{event} AFTER {event.upper()} ON maintenance_requests "
            f"{transition} FOR EACH STATEMENT EXECUTE FUNCTION append_statistic_deltas()"
        )
    op.execute(
        "ALTER TABLE steps SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, "
        "autovacuum_vacuum_threshold = 5000)"
    )
    op.execute(
        "ALTER TABLE statistic_deltas SET (autovacuum_vacuum_scale_factor = 0, "
        "autovacuum_vacuum_threshold = 5000)"
    )
    op.execute("ALTER TABLE heartbeats SET (fillfactor = 50)")


def downgrade() -> None:
    for event in _TRIGGERS:
        op.execute(f"DROP TRIGGER statistics_{event} ON maintenance_requests")
    op.execute("DROP FUNCTION append_statistic_deltas()")
    op.execute(
        "ALTER TABLE steps RESET (fillfactor, autovacuum_vacuum_scale_factor, "
        "autovacuum_vacuum_threshold)"
    )
    op.execute(
        "ALTER TABLE statistic_deltas RESET (autovacuum_vacuum_scale_factor, "
        "autovacuum_vacuum_threshold)"
    )
    op.execute("ALTER TABLE heartbeats RESET (fillfactor)")
