"""Flask that asks the AI inside the request and stores the report with the answer, then 201."""

import json
import os
import threading

import psycopg2
from flask import Flask, Response, jsonify, request
from openai import OpenAI
from psycopg2.extensions import connection

from bench.rivals.triage_prompt import MODEL, PROMPT, TIMEOUT

app = Flask(__name__)
_ai = OpenAI(max_retries=0, timeout=TIMEOUT)  # address and key: OPENAI_BASE_URL, OPENAI_API_KEY
_local = threading.local()
_INSERT = """
    INSERT INTO inline_requests (description, location, contact_info, category, priority)
    VALUES (%s, %s, %s, %s, %s) RETURNING id
"""


def _connect() -> connection:
    """This thread's own connection, which stays open."""
    if not hasattr(_local, "connection"):
        _local.connection = psycopg2.connect(os.environ["DATABASE_URL"])
        _local.connection.autocommit = True
    opened: connection = _local.connection
    return opened


def _triage(description: str) -> dict[str, str]:
    completion = _ai.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "system", "content": PROMPT},
            {"role": "user", "content": description},
        ],
        response_format={"type": "json_object"},
    )
    verdict: dict[str, str] = json.loads(completion.choices[0].message.content or "{}")
    return verdict


@app.post("/api/requests")
def submit() -> tuple[Response, int]:
    body = request.get_json()
    verdict = _triage(body["description"])
    said = (body["description"], body["location"], body["contact_info"])
    with _connect().cursor() as cursor:
        cursor.execute(_INSERT, (*said, verdict["category"], verdict["priority"]))
        row = cursor.fetchone()
    answer = jsonify(id=row[0] if row else 0, category=verdict["category"])
    return answer, 201
