"""A requester's link can be revoked"""

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0025"
branch_labels: str | None = None
depends_on: str | None = None

_TABLE = "maintenance_requests"


def upgrade() -> None:
    op.add_column(
        _TABLE, sa.Column("link_version", sa.Integer(), server_default="0", nullable=False)
    )


def downgrade() -> None:
    op.drop_column(_TABLE, "link_version")
