"""Deltas are only appended and taken all at once, so nobody needs their keys"""

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | None = None
depends_on: str | None = None

# What the statement's rows add. A function of its own: the one for all kinds of changes has to look
# first at what happened.
_APPEND = """
CREATE FUNCTION append_inserted_deltas() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO statistic_deltas (day, category, priority, status, n, seconds)
    SELECT submitted_on, category, priority, status, 1,
        CASE WHEN status = 'completed'
            THEN coalesce(extract(epoch FROM completed_at - created_at), 0) ELSE 0 END
    FROM new_rows;
    RETURN NULL;
END $$
"""
_TRIGGER = """
DROP TRIGGER statistics_insert ON maintenance_requests;
CREATE TRIGGER statistics_insert AFTER INSERT ON maintenance_requests
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {function}()
"""


def upgrade() -> None:
    op.drop_column("statistic_deltas", "id")  # its key and sequence go with it
    # Without a key a logical replica would not know which rows are gone.
    op.execute("ALTER TABLE statistic_deltas REPLICA IDENTITY FULL")
    op.execute(_APPEND)
    op.execute(_TRIGGER.format(function="append_inserted_deltas"))


def downgrade() -> None:
    op.execute(_TRIGGER.format(function="append_statistic_deltas"))
    op.execute("DROP FUNCTION append_inserted_deltas()")
    op.execute("ALTER TABLE statistic_deltas REPLICA IDENTITY DEFAULT")
    op.add_column(
        "statistic_deltas",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
    )
    op.create_primary_key(op.f("pk_statistic_deltas"), "statistic_deltas", ["id"])
