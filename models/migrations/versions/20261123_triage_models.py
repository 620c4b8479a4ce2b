"""Trained models that workers take from the database"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "triage_models",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("features", sa.Text(), nullable=False),
        sa.Column("scores", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("examples", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("version <> ''", name=op.f("ck_triage_models_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_triage_models")),
        sa.UniqueConstraint("version", name=op.f("uq_triage_models_version")),
    )
    with op.batch_alter_table("triage_models", schema=None) as batch_op:
        batch_op.create_index(
            "uq_triage_models_active", ["active"], unique=True, postgresql_where=sa.text("active")
        )


def downgrade() -> None:
    with op.batch_alter_table("triage_models", schema=None) as batch_op:
        batch_op.drop_index("uq_triage_models_active", postgresql_where=sa.text("active"))

    op.drop_table("triage_models")
