"""Who decided about a failed step is kept by name: commands have no account"""

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | None = None
depends_on: str | None = None

_TABLE = "interventions"


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("decided_by", sa.Text(), nullable=False, server_default=""))
    op.execute(
        f"UPDATE {_TABLE} SET decided_by = u.username FROM users u WHERE u.id = {_TABLE}.user_id"
    )
    op.drop_column(_TABLE, "user_id")


def downgrade() -> None:
    op.add_column(_TABLE, sa.Column("user_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        f"fk_{_TABLE}_user_id_users", _TABLE, "users", ["user_id"], ["id"], ondelete="SET NULL"
    )
    op.execute(
        f"UPDATE {_TABLE} SET user_id = u.id FROM users u WHERE u.username = {_TABLE}.decided_by"
    )
    op.drop_column(_TABLE, "decided_by")
