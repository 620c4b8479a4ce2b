"""The floor: Flask, the same JSON parsed, one INSERT by psycopg2, and nothing else."""

import os
import threading

import psycopg2
from flask import Flask, Response, request
from psycopg2.extensions import connection

app = Flask(__name__)
_local = threading.local()

TABLE = """CREATE TABLE IF NOT EXISTS floor (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    description text NOT NULL, location text NOT NULL, contact_info text NOT NULL,
    category text NOT NULL DEFAULT 'pending',
    created_at timestamptz NOT NULL DEFAULT now())"""
_INSERT = "INSERT INTO floor (description, location, contact_info) VALUES (%s, %s, %s) RETURNING id"


def _connect() -> connection:
    """This thread's own connection, which stays open."""
    if not hasattr(_local, "connection"):
        _local.connection = psycopg2.connect(os.environ["DATABASE_URL"])
        _local.connection.autocommit = True
    opened: connection = _local.connection
    return opened


@app.post("/api/requests")
def submit() -> Response:
    body = request.get_json()
    with _connect().cursor() as cursor:
        values = (body["description"], body["location"], body["contact_info"])
        cursor.execute(_INSERT, values)
        row = cursor.fetchone()
    answer = f'{{"id": {row[0] if row else 0}}}'
    return Response(answer, status=201, content_type="application/json")


@app.get("/empty")
def answer_nothing() -> Response:
    """A view that does nothing: what lists are held against."""
    return Response(b"[]", content_type="application/json")
