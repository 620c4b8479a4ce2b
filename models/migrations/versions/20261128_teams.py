"""Teams, rules that give them work, and assignees by id"""

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | None = "0029"
branch_labels: str | None = None
depends_on: str | None = None

_TABLE = "maintenance_requests"
_CATEGORIES = (
    "'pending', 'electrical', 'plumbing', 'hvac', 'structural', 'elevator', 'security', "
    "'fire_safety', 'appliance', 'pest', 'cleaning', 'other'"
)


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


def downgrade() -> None:
    for name in ("assignee_team_id", "assignee_user_id"):
        op.drop_constraint(f"fk_{_TABLE}_{name}", _TABLE, type_="foreignkey")
        op.drop_column(_TABLE, name)
    op.drop_table("assignment_rules")
    op.drop_table("team_members")
    op.drop_table("teams")
