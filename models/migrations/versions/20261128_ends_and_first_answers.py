"""A request knows when it ended and when its requester first heard of a person; lists by place"""

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | None = None
depends_on: str | None = None

_TABLE, _ENTRIES = "maintenance_requests", "timeline_entries"
_ENDED = "IN ('completed', 'cancelled')"
_FUNCTIONS = f"""
CREATE FUNCTION note_request_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.ended_at := CASE WHEN NEW.status {_ENDED} THEN greatest(
        NEW.created_at, coalesce(NEW.completed_at, NEW.ended_at,
            CASE WHEN TG_OP = 'INSERT' THEN NEW.updated_at END, clock_timestamp())) END;
    RETURN NEW;
END $$;
CREATE FUNCTION note_first_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE {_TABLE} SET first_answer_at = NEW.created_at
    WHERE id = NEW.request_id AND first_answer_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER ended_insert BEFORE INSERT ON {_TABLE}
    FOR EACH ROW WHEN (NEW.status {_ENDED}) EXECUTE FUNCTION note_request_end();
CREATE TRIGGER ended_update BEFORE UPDATE OF status, completed_at ON {_TABLE}
    FOR EACH ROW WHEN (NEW.status IS DISTINCT FROM OLD.status
                       OR NEW.completed_at IS DISTINCT FROM OLD.completed_at)
    EXECUTE FUNCTION note_request_end();
CREATE TRIGGER first_answer AFTER INSERT ON {_ENTRIES}
    FOR EACH ROW WHEN (NEW.actor <> ''
                       AND NEW.event IN ('status_changed', 'reply_added', 'question_asked'))
    EXECUTE FUNCTION note_first_answer();
"""
# The triggers are there already: what changes meanwhile is right, and is left alone.
_FILL = sa.text(f"""
    UPDATE {_TABLE} r SET
        ended_at = coalesce(r.ended_at, CASE WHEN r.status {_ENDED} THEN greatest(
            r.created_at, coalesce(r.completed_at, (
                SELECT max(e.created_at) FROM {_ENTRIES} e
                WHERE e.request_id = r.id AND e.event = 'status_changed'
            ), r.updated_at)) END),
        first_answer_at = coalesce(r.first_answer_at, (
            SELECT min(e.created_at) FROM {_ENTRIES} e
            WHERE e.request_id = r.id AND e.actor <> ''
              AND e.event IN ('status_changed', 'reply_added', 'question_asked')))
    WHERE r.id > :after AND r.id <= :upto AND (r.status {_ENDED} OR EXISTS (
        SELECT FROM {_ENTRIES} e WHERE e.request_id = r.id AND e.actor <> ''))
""")
_BATCH = 5000  # ids: an operator who saves waits for half a second at most
_NEWEST = (sa.text("created_at DESC"), sa.text("id DESC"))


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(_TABLE, sa.Column("first_answer_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(_FUNCTIONS)
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        last = connection.scalar(sa.text(f"SELECT max(id) FROM {_TABLE}")) or 0
        for after in range(0, last, _BATCH):
            connection.execute(_FILL, {"after": after, "upto": after + _BATCH})
        op.create_index(
            f"ix_{_TABLE}_location_newest",
            _TABLE,
            ["location", *_NEWEST],
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.create_index(
            f"ix_{_TABLE}_ended",
            _TABLE,
            ["ended_at"],
            postgresql_where=sa.text("ended_at IS NOT NULL"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index(f"ix_{_TABLE}_ended", _TABLE)
    op.drop_index(f"ix_{_TABLE}_location_newest", _TABLE)
    for trigger, table in (
        ("first_answer", _ENTRIES),
        ("ended_update", _TABLE),
        ("ended_insert", _TABLE),
    ):
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    op.execute("DROP FUNCTION note_first_answer()")
    op.execute("DROP FUNCTION note_request_end()")
    op.drop_column(_TABLE, "first_answer_at")
    op.drop_column(_TABLE, "ended_at")
