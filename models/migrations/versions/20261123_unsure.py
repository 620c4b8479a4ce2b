"""A request that triage is unsure about waits for a person"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("maintenance_requests", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("unsure", sa.Boolean(), server_default="false", nullable=False)
        )
        batch_op.create_index(
            "ix_maintenance_requests_unsure",
            [sa.literal_column("id DESC")],
            unique=False,
            postgresql_where=sa.text("unsure"),
        )


def downgrade() -> None:
    with op.batch_alter_table("maintenance_requests", schema=None) as batch_op:
        batch_op.drop_index("ix_maintenance_requests_unsure", postgresql_where=sa.text("unsure"))
        batch_op.drop_column("unsure")
