"""Each filter of the list and each pair reads its page from the head of an index"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("maintenance_requests", schema=None) as batch_op:
        batch_op.create_index(
            "ix_maintenance_requests_category_newest",
            ["category", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
            unique=False,
        )
        batch_op.create_index(
            "ix_maintenance_requests_category_priority_newest",
            [
                "category",
                "priority",
                sa.literal_column("created_at DESC"),
                sa.literal_column("id DESC"),
            ],
            unique=False,
        )
        batch_op.create_index(
            "ix_maintenance_requests_priority_newest",
            ["priority", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
            unique=False,
        )
        batch_op.create_index(
            "ix_maintenance_requests_status_category_newest",
            [
                "status",
                "category",
                sa.literal_column("created_at DESC"),
                sa.literal_column("id DESC"),
            ],
            unique=False,
        )
        batch_op.create_index(
            "ix_maintenance_requests_status_newest",
            ["status", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
            unique=False,
        )
        batch_op.create_index(
            "ix_maintenance_requests_status_priority_newest",
            [
                "status",
                "priority",
                sa.literal_column("created_at DESC"),
                sa.literal_column("id DESC"),
            ],
            unique=False,
        )
        batch_op.create_index(
            "ix_maintenance_requests_updated",
            [sa.literal_column("updated_at DESC"), sa.literal_column("id DESC")],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("maintenance_requests", schema=None) as batch_op:
        batch_op.drop_index("ix_maintenance_requests_updated")
        batch_op.drop_index("ix_maintenance_requests_status_priority_newest")
        batch_op.drop_index("ix_maintenance_requests_status_newest")
        batch_op.drop_index("ix_maintenance_requests_status_category_newest")
        batch_op.drop_index("ix_maintenance_requests_priority_newest")
        batch_op.drop_index("ix_maintenance_requests_category_priority_newest")
        batch_op.drop_index("ix_maintenance_requests_category_newest")
