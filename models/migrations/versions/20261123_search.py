"""Requests are found by their words, also inside words, in Korean and English"""

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    # In a C locale pg_trgm drops every letter beyond ASCII and a Korean search finds nothing.
    found = op.get_bind().execute(sa.text("SELECT array_length(show_trgm('누수'), 1)")).scalar()
    if not found:
        raise RuntimeError(
            "this database's character type (LC_CTYPE) is C: make it with C.UTF-8, or Korean "
            "words cannot be searched"
        )
    op.create_table(
        "search_texts",
        sa.Column("request_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("plain", sa.Text(), nullable=False),
        sa.Column("jamo", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["maintenance_requests.id"],
            name=op.f("fk_search_texts_request_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_search_texts")),
    )
    op.create_index(
        "ix_search_texts_jamo",
        "search_texts",
        ["jamo"],
        postgresql_using="gin",
        postgresql_ops={"jamo": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_search_texts_newest",
        "search_texts",
        [sa.literal_column("created_at DESC"), sa.literal_column("request_id DESC")],
    )
    # The planner chooses between the words' index and the newest first by how common a word is.
    op.execute("ALTER TABLE search_texts ALTER COLUMN jamo SET STATISTICS 1000")
    op.execute("ALTER TABLE search_texts ALTER COLUMN plain SET STATISTICS 1000")


def downgrade() -> None:
    op.drop_table("search_texts")
