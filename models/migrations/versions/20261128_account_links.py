"""One-time links into new accounts and to new passwords"""

import sqlalchemy as sa
from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: str | None = None
depends_on: str | None = None

_TABLE = "account_links"


def _time(name: str, *, required: bool = False, now: bool = False) -> sa.Column[sa.DateTime]:
    default = sa.func.now() if now else None
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=not required, server_default=default
    )


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger()),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Text(), server_default="", nullable=False),
        _time("created_at", required=True, now=True),
        _time("expires_at", required=True),
        _time("used_at"),
        _time("revoked_at"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{_TABLE}"),
        sa.UniqueConstraint("token_hash", name=f"uq_{_TABLE}_token_hash"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=f"fk_{_TABLE}_user_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint(
            "purpose IN ('invitation', 'password')", name=op.f(f"ck_{_TABLE}_purpose")
        ),
        sa.CheckConstraint(
            "role IN ('operator', 'manager', 'admin')", name=op.f(f"ck_{_TABLE}_role")
        ),
        sa.CheckConstraint("language IN ('ko', 'en')", name=op.f(f"ck_{_TABLE}_language")),
    )
    op.create_index(f"ix_{_TABLE}_address", _TABLE, ["address", "created_at"])
    op.create_index(f"ix_{_TABLE}_user_id", _TABLE, ["user_id"])


def downgrade() -> None:
    op.drop_table(_TABLE)
