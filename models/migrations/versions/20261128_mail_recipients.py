"""Mails are counted by recipient and may be held back; an answer may go to another address; reports
keep to whom they go; names of sent files are kept no longer"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | None = None
depends_on: str | None = None

_STATES = ("queued", "sent", "refused", "unknown")


def _allow(states: tuple[str, ...]) -> None:
    names = ", ".join(f"'{state}'" for state in states)
    op.execute(
        "ALTER TABLE mails DROP CONSTRAINT ck_mails_state, "
        f"ADD CONSTRAINT ck_mails_state CHECK (state IN ({names}))"
    )


def upgrade() -> None:
    for name in ("recipient_key", "reply_to"):
        op.add_column("mails", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    # Mails of before have no key: their recipients count as new to us.
    op.create_index(
        "ix_mails_recipient",
        "mails",
        ["recipient_key", "created_at"],
        postgresql_where=sa.text("recipient_key <> ''"),
    )
    _allow((*_STATES, "held"))
    op.add_column("reports", sa.Column("recipients", JSONB(), nullable=True))
    # The release before writes the column still.
    op.alter_column("photos", "filename", server_default="")
    op.execute("UPDATE photos SET filename = '' WHERE filename <> ''")


def downgrade() -> None:
    op.alter_column("photos", "filename", server_default=None)
    op.drop_column("reports", "recipients")
    op.execute("UPDATE mails SET state = 'refused' WHERE state = 'held'")
    _allow(_STATES)
    op.drop_index("ix_mails_recipient", "mails")
    for name in ("reply_to", "recipient_key"):
        op.drop_column("mails", name)
