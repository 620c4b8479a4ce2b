"""Writing steps asks no longer for their run, which the same statement has just written"""

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | None = None
depends_on: str | None = None

# What the key's ON DELETE CASCADE did, once for a statement and not for each of its rows.
_FUNCTION = """
CREATE FUNCTION delete_steps_of_runs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM steps WHERE run_id IN (SELECT id FROM old_rows);
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.drop_constraint("fk_steps_run_id", "steps", type_="foreignkey")
    op.execute(_FUNCTION)
    op.execute(
        "CREATE TRIGGER steps_delete AFTER DELETE ON runs REFERENCING OLD TABLE AS old_rows "
        "FOR EACH STATEMENT EXECUTE FUNCTION delete_steps_of_runs()"
    )
    # A message is written once and marked once: the mark finds room beside it and changes no index.
    op.execute("ALTER TABLE mails SET (fillfactor = 50)")


def downgrade() -> None:
    op.execute("ALTER TABLE mails RESET (fillfactor)")
    op.execute("DROP TRIGGER steps_delete ON runs")
    op.execute("DROP FUNCTION delete_steps_of_runs()")
    op.execute(sa.text("DELETE FROM steps WHERE run_id NOT IN (SELECT id FROM runs)"))
    op.create_foreign_key(
        "fk_steps_run_id", "steps", "runs", ["run_id"], ["id"], ondelete="CASCADE"
    )
