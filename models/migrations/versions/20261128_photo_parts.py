"""An original is kept in parts, so that no process holds a large upload in memory; runs that wait
to tell somebody are found by their request"""

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | None = None
depends_on: str | None = None

_TABLE = "photo_originals"
_KEY = "pk_photo_originals"


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("part", sa.SmallInteger(), nullable=False, server_default="0"))
    op.drop_constraint(_KEY, _TABLE, type_="primary")
    op.create_primary_key(_KEY, _TABLE, ["photo_id", "part"])
    op.create_index(
        "ix_runs_messages",
        "runs",
        ["subject_id"],
        postgresql_where=sa.text("event IN ('notice_due', 'receipt_due')"),
    )


def downgrade() -> None:
    op.drop_index("ix_runs_messages", "runs")
    # In one piece again: the parts of each photo in their order.
    op.execute(
        """
        UPDATE photo_originals o SET content = whole.content FROM (
            SELECT photo_id, string_agg(content, '' ORDER BY part) AS content
            FROM photo_originals GROUP BY photo_id HAVING count(*) > 1
        ) whole WHERE o.photo_id = whole.photo_id AND o.part = 0
        """
    )
    op.execute("DELETE FROM photo_originals WHERE part > 0")
    op.drop_constraint(_KEY, _TABLE, type_="primary")
    op.create_primary_key(_KEY, _TABLE, ["photo_id"])
    op.drop_column(_TABLE, "part")
