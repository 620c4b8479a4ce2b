"""Users who are meant by their names become assignees by id; what needs a person includes what is late

All of it while requests come in: in batches, and by indexes that are made beside those that answer
meanwhile. Each part may be run again, so an upgrade that was cut off is simply started anew.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: str | None = None
depends_on: str | None = None

_TABLE = "maintenance_requests"
_OPEN = "status IN ('pending', 'in_progress', 'on_hold')"
_NEWEST = (sa.text("created_at DESC"), sa.text("id DESC"))
_ASSIGNED = "assignee <> ''"
_KEY = sa.text(
    "coalesce('team:' || assignee_team_id::text, 'user:' || assignee_user_id::text, "
    "'name:' || assignee)"
)
_PRESSING = "(danger <> '' OR priority = 'urgent')"
_PRESSING_FIRST = (sa.text(f"{_PRESSING} DESC"), *_NEWEST)
_NEEDED_BEFORE = f"{_OPEN} AND (status = 'pending' OR unsure OR answered OR {_PRESSING})"
_NEEDED = f"{_OPEN} AND (status IN ('pending', 'in_progress') OR unsure OR answered OR {_PRESSING})"

# A username is one user's, a display name only where one active user alone has it.
_FIND_USERS = f"""
    WITH called AS (
        SELECT u.id, u.username, u.active, CASE WHEN u.name = '' OR EXISTS (
            SELECT FROM users o WHERE o.id <> u.id AND o.active
                AND (o.name = u.name OR o.username = lower(u.name))
        ) THEN u.username ELSE u.name END AS name FROM users u
    ), meant AS (
        SELECT DISTINCT ON (m.assignee) m.assignee, c.id, c.name
        FROM (SELECT DISTINCT assignee FROM {_TABLE}
            WHERE assignee <> '' AND id BETWEEN :first AND :last) m
        JOIN called c ON c.username = lower(m.assignee) OR (c.active AND c.name = m.assignee)
        ORDER BY m.assignee, c.username = lower(m.assignee) DESC
    )
    UPDATE {_TABLE} m SET assignee_user_id = meant.id, assignee = meant.name
    FROM meant WHERE m.assignee = meant.assignee AND m.id BETWEEN :first AND :last
        AND m.assignee_user_id IS NULL AND m.assignee_team_id IS NULL
"""
_BATCH = 5_000


def upgrade() -> None:
    with op.get_context().autocommit_block():
        last = op.get_bind().scalar(sa.text(f"SELECT coalesce(max(id), 0) FROM {_TABLE}"))
        for first in range(1, (last or 0) + 1, _BATCH):
            ids = {"first": first, "last": first + _BATCH - 1}
            op.get_bind().execute(sa.text(_FIND_USERS), ids)
        _replace_index("needs_person", _PRESSING_FIRST, _NEEDED)
        _replace_index("open_assignee", (_KEY, *_NEWEST), _OPEN)
        _replace_index("assignee", (_KEY, *_NEWEST), _ASSIGNED)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(
            f"ix_{_TABLE}_assignee",
            table_name=_TABLE,
            if_exists=True,
            postgresql_concurrently=True,
        )
        _replace_index("open_assignee", (sa.text("assignee"), *_NEWEST), _OPEN)
        _replace_index("needs_person", _PRESSING_FIRST, _NEEDED_BEFORE)


def _replace_index(name: str, columns: tuple[sa.TextClause, ...], condition: str) -> None:
    """A half-made one of an upgrade that was cut off goes first; the one that answers goes last."""
    index = f"ix_{_TABLE}_{name}"
    op.drop_index(f"{index}_new", _TABLE, postgresql_concurrently=True, if_exists=True)
    op.create_index(
        f"{index}_new",
        _TABLE,
        list(columns),
        postgresql_where=sa.text(condition),
        postgresql_concurrently=True,
    )
    op.drop_index(index, _TABLE, postgresql_concurrently=True, if_exists=True)
    op.execute(f"ALTER INDEX {index}_new RENAME TO {index}")
