"""Messages to browsers: who wants them, and each of them"""

import sqlalchemy as sa
from alembic import op

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels: str | None = None
depends_on: str | None = None

_SUBSCRIPTIONS, _MESSAGES = "push_subscriptions", "push_messages"


def upgrade() -> None:
    op.create_table(
        _SUBSCRIPTIONS,
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("link_version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("endpoint_key", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.Text(), nullable=False),
        sa.Column("auth", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), server_default="", nullable=False),
        sa.Column("told_entry", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("language IN ('ko', 'en')", name=f"ck_{_SUBSCRIPTIONS}_language"),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (request_id IS NULL)", name=f"ck_{_SUBSCRIPTIONS}_owner"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=f"fk_{_SUBSCRIPTIONS}_user_id_users", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["maintenance_requests.id"],
            name=f"fk_{_SUBSCRIPTIONS}_request_id_maintenance_requests",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{_SUBSCRIPTIONS}"),
        sa.UniqueConstraint(
            "user_id", "endpoint_key", name=f"uq_{_SUBSCRIPTIONS}_user_id_endpoint_key"
        ),
        sa.UniqueConstraint(
            "request_id", "endpoint_key", name=f"uq_{_SUBSCRIPTIONS}_request_id_endpoint_key"
        ),
    )
    op.create_index(f"ix_{_SUBSCRIPTIONS}_endpoint_key", _SUBSCRIPTIONS, ["endpoint_key"])
    op.create_index(
        f"ix_{_SUBSCRIPTIONS}_gone_at",
        _SUBSCRIPTIONS,
        ["gone_at"],
        postgresql_where=sa.text("gone_at IS NOT NULL"),
    )
    op.create_table(
        _MESSAGES,
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('alert', 'assignment', 'update')", name=f"ck_{_MESSAGES}_kind"
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            [f"{_SUBSCRIPTIONS}.id"],
            name=f"fk_{_MESSAGES}_subscription_id_{_SUBSCRIPTIONS}",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["maintenance_requests.id"],
            name=f"fk_{_MESSAGES}_request_id_maintenance_requests",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{_MESSAGES}"),
    )
    op.create_index(
        f"ix_{_MESSAGES}_alert",
        _MESSAGES,
        ["subscription_id", "request_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'alert'"),
    )
    for column in ("subscription_id", "request_id", "created_at"):
        op.create_index(f"ix_{_MESSAGES}_{column}", _MESSAGES, [column])


def downgrade() -> None:
    op.drop_table(_MESSAGES)
    op.drop_table(_SUBSCRIPTIONS)
