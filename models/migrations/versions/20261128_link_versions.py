"""A requester's link can be revoked; what needs a person includes what is late"""

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0025"
branch_labels: str | None = None
depends_on: str | None = None

_TABLE = "maintenance_requests"
_INDEX = f"ix_{_TABLE}_needs_person"
_OPEN = "status IN ('pending', 'in_progress', 'on_hold')"
_PRESSING = "(danger <> '' OR priority = 'urgent')"
_BEFORE = f"{_OPEN} AND (status = 'pending' OR unsure OR answered OR {_PRESSING})"
_AFTER = f"{_OPEN} AND (status IN ('pending', 'in_progress') OR unsure OR answered OR {_PRESSING})"


def upgrade() -> None:
    op.add_column(
        _TABLE, sa.Column("link_version", sa.Integer(), server_default="0", nullable=False)
    )
    _replace_index(_AFTER)


def downgrade() -> None:
    _replace_index(_BEFORE)
    op.drop_column(_TABLE, "link_version")


def _replace_index(condition: str) -> None:
    """Beside the one that answers meanwhile, which goes last."""
    with op.get_context().autocommit_block():
        op.drop_index(f"{_INDEX}_new", _TABLE, postgresql_concurrently=True, if_exists=True)
        op.create_index(
            f"{_INDEX}_new",
            _TABLE,
            [sa.text(f"{_PRESSING} DESC"), sa.text("created_at DESC"), sa.text("id DESC")],
            postgresql_where=sa.text(condition),
            postgresql_concurrently=True,
        )
        op.drop_index(_INDEX, _TABLE, postgresql_concurrently=True, if_exists=True)
        op.execute(f"ALTER INDEX {_INDEX}_new RENAME TO {_INDEX}")
