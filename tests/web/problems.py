"""What every error of the API looks like (RFC 9457)."""

from typing import Any

from werkzeug.test import TestResponse


def check_problem(answer: TestResponse, status: int, *fields: str) -> dict[str, Any]:
    """The problem document, which names at least ``fields``."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    body: dict[str, Any] = answer.get_json(force=True)
    assert {"type", "title", "status", "detail"} <= set(body)
    assert body["status"] == status
    assert body["title"] and body["detail"]
    named = {error["field"] for error in body.get("errors", [])}
    assert set(fields) <= named, body
    assert all(error["message"] for error in body.get("errors", []))
    assert answer.headers["X-Request-ID"]
    assert float(answer.headers["X-Process-Time"]) >= 0
    assert "Traceback" not in answer.text
    return body
