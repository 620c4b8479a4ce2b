"""What comes in is counted row by row: grouping a single row cost more than its delta"""

from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | None = None
depends_on: str | None = None

_SECONDS = "extract(epoch FROM completed_at - created_at)"
_GROUPED = f"""
    INSERT INTO statistic_deltas (day, category, priority, status, n, seconds)
    SELECT submitted_on, category, priority, status, {{sign}}count(*),
        {{sign}}coalesce(sum({_SECONDS}) FILTER (WHERE status = 'completed'), 0)
    FROM {{rows}} GROUP BY 1, 2, 3, 4;
"""
_PLAIN = f"""
    INSERT INTO statistic_deltas (day, category, priority, status, n, seconds)
    SELECT submitted_on, category, priority, status, 1,
        CASE WHEN status = 'completed' THEN coalesce({_SECONDS}, 0) ELSE 0 END
    FROM new_rows;
"""
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION append_statistic_deltas() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {{of_inserts}}
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        {_GROUPED.format(sign="-", rows="old_rows")}
    END IF;
    IF TG_OP {{grouped}} THEN
        {_GROUPED.format(sign="", rows="new_rows")}
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.execute(
        _FUNCTION.format(
            of_inserts=f"IF TG_OP = 'INSERT' THEN {_PLAIN} RETURN NULL; END IF;",
            grouped="= 'UPDATE'",
        )
    )


def downgrade() -> None:
    op.execute(_FUNCTION.format(of_inserts="", grouped="IN ('INSERT', 'UPDATE')"))
