"""The statistics know in which time zone their days were counted"""

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column("statistic_states", sa.Column("timezone", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("statistic_states", "timezone")
