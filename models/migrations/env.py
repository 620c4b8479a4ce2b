"""How Alembic reaches the database: through the application's engine, one migration at a time."""

from alembic import context
from flask import current_app
from sqlalchemy import text

# Any number that nothing else locks. Two releases at once wait for each other.
_ONE_AT_A_TIME = 0x48414A42

migrate = current_app.extensions["migrate"]

if context.is_offline_mode():
    raise SystemExit("migrations run online only: some of them look at the data")

with migrate.db.engine.connect() as connection:
    # A migration may take long, but it must not hold others up while it waits for a lock.
    connection.execute(text("SET statement_timeout = '30min'"))
    connection.execute(text("SET idle_in_transaction_session_timeout = 0"))
    connection.execute(text("SET lock_timeout = 0"))  # another release may take its time
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _ONE_AT_A_TIME})
    connection.execute(text("SET lock_timeout = '10s'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=migrate.db.metadata,
        transaction_per_migration=True,
        **migrate.configure_args,
    )
    try:
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _ONE_AT_A_TIME})
        connection.commit()
