"""Operators and requesters write to each other: a question waits for its answer, an answer for an
operator, and a message knows which words it has told"""

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | None = None
depends_on: str | None = None

_REQUESTS, _ENTRIES, _KEY = "maintenance_requests", "timeline_entries", "ix_timeline_entries_key"


def upgrade() -> None:
    op.add_column(
        _REQUESTS, sa.Column("answered", sa.Boolean(), nullable=False, server_default="false")
    )
    op.add_column(_REQUESTS, sa.Column("asked_from", sa.Text(), nullable=False, server_default=""))
    op.add_column(_ENTRIES, sa.Column("key", sa.Text(), nullable=True))
    op.add_column("mails", sa.Column("told_entry", sa.BigInteger(), nullable=True))
    # Beside the work: the table is large, and the intake writes to it.
    with op.get_context().autocommit_block():
        op.create_index(
            _KEY,
            _ENTRIES,
            ["request_id", "key"],
            unique=True,
            postgresql_where=sa.text("key IS NOT NULL"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index(_KEY, _ENTRIES)
    op.drop_column("mails", "told_entry")
    op.drop_column(_ENTRIES, "key")
    op.drop_column(_REQUESTS, "asked_from")
    op.drop_column(_REQUESTS, "answered")
