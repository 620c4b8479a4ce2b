"""The floor: Flask without anything around it. The same JSON parsed, one INSERT by psycopg2, and
nothing else. ``/empty`` is a view that does nothing, for the lists."""

import os
import threading

import psycopg2
from flask import Flask, Response, request
from psycopg2.extensions import connection

INSERT = (
    "INSERT INTO reports (description, location, contact_info) VALUES (%s, %s, %s) RETURNING id"
)
_local = threading.local()


def application() -> Flask:
    app = Flask(__name__)

    @app.post("/api/requests")
    def submit() -> Response:
        body = request.get_json()
        with _connection().cursor() as cursor:
            cursor.execute(INSERT, (body["description"], body["location"], body["contact_info"]))
            number = (cursor.fetchone() or (0,))[0]
        return Response(f'{{"id": {number}}}', status=201, content_type="application/json")

    @app.get("/empty")
    def answer_nothing() -> Response:
        return Response(b"[]", content_type="application/json")

    return app


def _connection() -> connection:
    """This thread's own, which stays open."""
    if not hasattr(_local, "connection"):
        _local.connection = psycopg2.connect(os.environ["DATABASE_URL"])
        _local.connection.autocommit = True
    opened: connection = _local.connection
    return opened
