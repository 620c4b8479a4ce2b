"""Wrong passwords are counted by account and place together, so that a stranger locks nobody out"""

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "login_places",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("counted_from", moment, nullable=False),
        sa.Column("locked_until", moment, nullable=True),
        sa.Column("login_at", moment, nullable=True),
        sa.Column("told_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_login_places_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "place", name="pk_login_places"),
    )


def downgrade() -> None:
    op.drop_table("login_places")
