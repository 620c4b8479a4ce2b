"""The naive web application: save, then publish. It has only the calls of the storm's clients."""

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from tests.faults.naive.app import publish
from tests.faults.naive.tables import ask


def create_app() -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/healthz", view_func=lambda: "ok")
    app.add_url_rule("/token", view_func=issue_token, methods=["POST"])
    app.add_url_rule("/api/requests", view_func=submit, methods=["POST"])
    app.add_url_rule("/api/requests/<int:request_id>", view_func=update, methods=["PATCH"])
    return app


def issue_token() -> ResponseReturnValue:
    return jsonify(access_token="anybody")


def submit() -> ResponseReturnValue:
    """It respects the idempotency key, so losses and duplicates come from the tasks."""
    given = request.get_json(silent=True) or request.form
    key = request.headers["Idempotency-Key"]
    row = ask(
        "INSERT INTO naive_requests (key, description, contact) VALUES (%s, %s, %s)"
        " ON CONFLICT (key) DO NOTHING RETURNING id",
        key,
        given["description"],
        given.get("contact_info", ""),
    )
    if row is None:
        row = ask("SELECT id FROM naive_requests WHERE key = %s", key)
        assert row is not None
        return jsonify(id=row[0]), 201
    publish(int(str(row[0])))
    return jsonify(id=row[0]), 201


def update(request_id: int) -> ResponseReturnValue:
    status = request.get_json()["status"]
    ask("UPDATE naive_requests SET status = %s WHERE id = %s", status, request_id)
    return jsonify(id=request_id, status=status)
