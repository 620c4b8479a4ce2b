"""What a change that can still be undone has replaced, saved views of the list, and its order by urgency"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: str | None = None
depends_on: str | None = None

_PRESSING = "ix_maintenance_requests_pressing_newest"
_TABLE, _VIEWS = "reversible_changes", "saved_views"


def upgrade() -> None:
    op.create_index(
        _PRESSING,
        "maintenance_requests",
        [sa.text("created_at DESC"), sa.text("id DESC")],
        postgresql_where=sa.text("(danger <> '' OR priority = 'urgent')"),
    )
    op.create_table(
        _TABLE,
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("previous", JSONB(), nullable=False),
        sa.Column("corrections", JSONB(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("token", "request_id", name=f"pk_{_TABLE}"),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["maintenance_requests.id"],
            name=f"fk_{_TABLE}_request_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=f"fk_{_TABLE}_user_id", ondelete="CASCADE"
        ),
    )
    op.create_index(f"ix_{_TABLE}_created_at", _TABLE, ["created_at"])
    op.create_index(f"ix_{_TABLE}_request_id", _TABLE, ["request_id"])
    op.create_table(
        _VIEWS,
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{_VIEWS}"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=f"fk_{_VIEWS}_user_id", ondelete="CASCADE"
        ),
    )
    op.create_index(f"ix_{_VIEWS}_user_id", _VIEWS, ["user_id"])
    op.create_index(f"ix_{_VIEWS}_shared", _VIEWS, ["id"], postgresql_where=sa.text("shared"))


def downgrade() -> None:
    op.drop_table(_VIEWS)
    op.drop_table(_TABLE)
    op.drop_index(_PRESSING, table_name="maintenance_requests")
