"""The naive variant's tables, in the same PostgreSQL."""

import os

import psycopg2

TABLES = """
CREATE TABLE IF NOT EXISTS naive_requests (
    id serial PRIMARY KEY,
    key text UNIQUE NOT NULL,
    description text NOT NULL,
    contact text NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    category text NOT NULL DEFAULT 'pending');
CREATE TABLE IF NOT EXISTS naive_counts (category text PRIMARY KEY, n int NOT NULL);
"""


def connect() -> "psycopg2.extensions.connection":
    """A connection that commits each statement by itself."""
    connection = psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=3)
    connection.autocommit = True
    return connection


def ask(query: str, *values: object) -> tuple[object, ...] | None:
    """The first row, or None; on a separate connection."""
    connection = connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchone() if cursor.description else None
    finally:
        connection.close()
