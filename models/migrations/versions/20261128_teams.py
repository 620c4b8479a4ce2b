"""Teams, rules that give them work, and assignees by id: users who are meant by their names become so"""

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels: str | None = None
depends_on: str | None = None

_TABLE = "maintenance_requests"
_OPEN = "status IN ('pending', 'in_progress', 'on_hold')"
_NEWEST = (sa.text("created_at DESC"), sa.text("id DESC"))
_KEY = sa.text(
    "coalesce('team:' || assignee_team_id::text, 'user:' || assignee_user_id::text, "
    "'name:' || assignee)"
)
_CATEGORIES = (
    "'pending', 'electrical', 'plumbing', 'hvac', 'structural', 'elevator', 'security', "
    "'fire_safety', 'appliance', 'pest', 'cleaning', 'other'"
)

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
"""
_BATCH = 5_000


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "teams",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name_ko", sa.Text(), server_default="", nullable=False),
        sa.Column("name_en", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="ko", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("created_at", moment, server_default=sa.func.now(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("language IN ('ko', 'en')", name="ck_teams_language"),
        sa.CheckConstraint("name_ko <> '' OR name_en <> ''", name="ck_teams_has_a_name"),
        sa.PrimaryKeyConstraint("id", name="pk_teams"),
    )
    op.create_table(
        "team_members",
        sa.Column("team_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_at", moment, server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name="fk_team_members_team_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_team_members_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "user_id", name="pk_team_members"),
    )
    op.create_index("ix_team_members_user_id", "team_members", ["user_id"])
    op.create_table(
        "assignment_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("pattern", sa.Text(), server_default="", nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("created_at", moment, server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint(f"category IN ({_CATEGORIES})", name="ck_assignment_rules_category"),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name="fk_assignment_rules_team_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_assignment_rules"),
    )
    op.create_index("ix_assignment_rules_team_id", "assignment_rules", ["team_id"])
    for name, table in (("assignee_user_id", "users"), ("assignee_team_id", "teams")):
        op.add_column(_TABLE, sa.Column(name, sa.BigInteger(), nullable=True))
        op.create_foreign_key(
            f"fk_{_TABLE}_{name}", _TABLE, table, [name], ["id"], ondelete="SET NULL"
        )
    # Requests come in meanwhile: nothing below locks the table for longer than one batch.
    with op.get_context().autocommit_block():
        last = op.get_bind().scalar(sa.text(f"SELECT coalesce(max(id), 0) FROM {_TABLE}"))
        for first in range(1, (last or 0) + 1, _BATCH):
            ids = {"first": first, "last": first + _BATCH - 1}
            op.get_bind().execute(sa.text(_FIND_USERS), ids)
        for name, condition in (("open_assignee_new", _OPEN), ("assignee", "assignee <> ''")):
            op.drop_index(
                f"ix_{_TABLE}_{name}",
                table_name=_TABLE,
                if_exists=True,
                postgresql_concurrently=True,
            )
            op.create_index(
                f"ix_{_TABLE}_{name}",
                _TABLE,
                [_KEY, *_NEWEST],
                postgresql_where=sa.text(condition),
                postgresql_concurrently=True,
            )
    op.execute(f"DROP INDEX ix_{_TABLE}_open_assignee")
    op.execute(f"ALTER INDEX ix_{_TABLE}_open_assignee_new RENAME TO ix_{_TABLE}_open_assignee")


def downgrade() -> None:
    op.drop_index(f"ix_{_TABLE}_assignee", table_name=_TABLE)
    op.drop_index(f"ix_{_TABLE}_open_assignee", table_name=_TABLE)
    op.create_index(
        f"ix_{_TABLE}_open_assignee",
        _TABLE,
        ["assignee", *_NEWEST],
        postgresql_where=sa.text(_OPEN),
    )
    for name in ("assignee_team_id", "assignee_user_id"):
        op.drop_constraint(f"fk_{_TABLE}_{name}", _TABLE, type_="foreignkey")
        op.drop_column(_TABLE, name)
    op.drop_table("assignment_rules")
    op.drop_table("team_members")
    op.drop_table("teams")
