"""Flask without anything around it. Granian calls ``floor`` or ``inline`` in each of its workers."""

import json
import os
import threading
from typing import Any

import psycopg2
from flask import Flask, Response, request
from psycopg2.extensions import connection

from bench.rivals import MODEL, PROMPT, TIMEOUT

_local = threading.local()


def floor() -> Flask:
    """The floor: the same JSON parsed, one INSERT by psycopg2, and nothing else. ``/empty`` is a view
    that does nothing, for the lists."""
    app = Flask(__name__)
    insert = "INSERT INTO reports (description, location, contact_info) VALUES (%s, %s, %s)"

    @app.post("/api/requests")
    def submit() -> Response:
        return _answer(_store(f"{insert} RETURNING id", _said()))

    @app.get("/empty")
    def answer_nothing() -> Response:
        return Response(b"[]", content_type="application/json")

    return app


def inline() -> Flask:
    """Asks the AI inside the request and stores its answer with the report."""
    from openai import OpenAI

    app, ai = Flask(__name__), OpenAI(max_retries=0, timeout=TIMEOUT)
    insert = (
        "INSERT INTO reports (description, location, contact_info, category, priority)"
        " VALUES (%s, %s, %s, %s, %s) RETURNING id"
    )

    @app.post("/api/requests")
    def submit() -> Response:
        said = _said()
        completion = ai.chat.completions.create(
            model=MODEL,
            messages=[
                {"role": "system", "content": PROMPT},
                {"role": "user", "content": said[0]},
            ],
            response_format={"type": "json_object"},
        )
        found = json.loads(completion.choices[0].message.content or "{}")
        return _answer(_store(insert, (*said, found["category"], found["priority"])))

    return app


def _said() -> tuple[str, str, str]:
    body = request.get_json()
    return body["description"], body["location"], body["contact_info"]


def _store(statement: str, values: tuple[Any, ...]) -> int:
    with _connection().cursor() as cursor:
        cursor.execute(statement, values)
        return int((cursor.fetchone() or (0,))[0])


def _connection() -> connection:
    """This thread's own, which stays open."""
    if not hasattr(_local, "connection"):
        _local.connection = psycopg2.connect(os.environ["DATABASE_URL"])
        _local.connection.autocommit = True
    opened: connection = _local.connection
    return opened


def _answer(number: int) -> Response:
    return Response(f'{{"id": {number}}}', status=201, content_type="application/json")
