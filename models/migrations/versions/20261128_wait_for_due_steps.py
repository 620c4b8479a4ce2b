"""The database waits for due work by itself: a look from inside costs it a fiftieth of a question

Revision ID: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION wait_for_due_steps(looks integer, pause double precision) RETURNS boolean
        LANGUAGE plpgsql AS $$
        DECLARE
            -- As a value the moment can be looked up in the index; each statement of a function
            -- sees what was committed before it.
            moment timestamptz;
        BEGIN
            FOR look IN 1..looks LOOP
                moment := clock_timestamp();
                IF EXISTS (SELECT FROM steps
                           WHERE state IN ('ready', 'running', 'retry') AND due_at <= moment) THEN
                    RETURN true;
                END IF;
                PERFORM pg_sleep(pause);
            END LOOP;
            RETURN false;
        END $$
    """)


def downgrade() -> None:
    op.execute("DROP FUNCTION wait_for_due_steps")
