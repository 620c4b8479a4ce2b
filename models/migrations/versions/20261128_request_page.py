"""Watchers of a request, prepared replies, and an index that finds the requests of a place"""

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | None = None
depends_on: str | None = None

_TABLE = "maintenance_requests"
_PLACE = r"lower(regexp_replace(normalize(location, NFKC), '\s+'::text, ''::text, 'g'::text))"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "watchers",
        sa.Column("request_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_at", moment, server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["maintenance_requests.id"],
            name="fk_watchers_request_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_watchers_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("request_id", "user_id", name="pk_watchers"),
    )
    op.create_index("ix_watchers_user_id", "watchers", ["user_id"])
    op.create_table(
        "canned_replies",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("updated_by", sa.Text(), server_default="", nullable=False),
        sa.Column("updated_at", moment, server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("language IN ('ko', 'en')", name="ck_canned_replies_language"),
        sa.PrimaryKeyConstraint("id", name="pk_canned_replies"),
        sa.UniqueConstraint("language", "title", name="uq_canned_replies_language_title"),
    )
    op.create_index(
        f"ix_{_TABLE}_place",
        _TABLE,
        [sa.text(_PLACE), sa.text("created_at DESC"), sa.text("id DESC")],
        postgresql_where=sa.text("location <> ''"),
    )


def downgrade() -> None:
    op.drop_index(f"ix_{_TABLE}_place", table_name=_TABLE)
    op.drop_table("canned_replies")
    op.drop_table("watchers")
