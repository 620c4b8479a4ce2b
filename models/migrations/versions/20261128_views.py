"""The views of the list find their rows in its order: what needs a person, open work, and that by assignee"""

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | None = None
depends_on: str | None = None

_TABLE = "maintenance_requests"
_OPEN = "status IN ('pending', 'in_progress', 'on_hold')"
_PRESSING = "(danger <> '' OR priority = 'urgent')"
_NEWEST = (sa.text("created_at DESC"), sa.text("id DESC"))


def upgrade() -> None:
    op.create_index(
        f"ix_{_TABLE}_needs_person",
        _TABLE,
        [sa.text(f"{_PRESSING} DESC"), *_NEWEST],
        postgresql_where=sa.text(
            f"{_OPEN} AND (status = 'pending' OR unsure OR answered OR {_PRESSING})"
        ),
    )
    op.create_index(f"ix_{_TABLE}_open_newest", _TABLE, [*_NEWEST], postgresql_where=sa.text(_OPEN))
    op.create_index(
        f"ix_{_TABLE}_open_assignee",
        _TABLE,
        ["assignee", *_NEWEST],
        postgresql_where=sa.text(_OPEN),
    )


def downgrade() -> None:
    op.drop_index(f"ix_{_TABLE}_open_assignee", table_name=_TABLE)
    op.drop_index(f"ix_{_TABLE}_open_newest", table_name=_TABLE)
    op.drop_index(f"ix_{_TABLE}_needs_person", table_name=_TABLE)
