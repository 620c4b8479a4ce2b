"""Whatever goes wrong becomes a problem document, or a page for a browser; no insides show."""

import structlog
from flask import Flask, Response, g, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import BadHost, HTTPException

from config.monitoring import report_error
from models.database import is_outage
from models.errors import DomainError
from models.ports import PermanentError, TransientError
from web.http.negotiation import wants_page
from web.http.problems import Problem, problem_of
from web.pages.problems import problem_page

log = structlog.get_logger()

_CODES = {
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "too_large",
}


def init_errors(app: Flask) -> None:
    app.register_error_handler(Problem, _answer)
    app.register_error_handler(DomainError, lambda error: _answer(problem_of(error)))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(PoolTimeout, _database)
    app.register_error_handler(TransientError, _storage)
    app.register_error_handler(PermanentError, _storage)
    app.register_error_handler(Exception, _unexpected)


def _answer(problem: Problem) -> Response:
    """A page for a person, a document for a program. A page has links, which cannot be made for a
    Host that is no name."""
    has_links = not isinstance(request.routing_exception, BadHost)
    return problem_page(problem) if wants_page() and has_links else problem.as_response()


def _http(error: HTTPException) -> Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    if status < 400:
        return error.get_response()  # type: ignore[return-value]
    problem = Problem(status, _CODES.get(status, "bad_request"))
    if status in (408, 413):
        problem.headers["Connection"] = "close"
    valid = getattr(error, "valid_methods", None)
    if valid:
        problem.headers["Allow"] = ", ".join(sorted(valid))
    return _answer(problem)


def _database(error: Exception) -> Response:
    if is_outage(error):
        log.warning("database_away", error=type(error).__name__)
        return _answer(Problem(503, "database_away", headers={"Retry-After": "5"}))
    return _unexpected(error)


def _storage(error: Exception) -> Response:
    log.warning("storage_failed", error=str(error))
    return _answer(Problem(503, "storage_away", headers={"Retry-After": "5"}))


def _unexpected(error: Exception) -> Response:
    log.error(
        "unexpected_error",
        request_id=g.get("request_id"),
        error=type(error).__name__,
        exc_info=error,
    )
    report_error(error, request_id=g.get("request_id"))
    return _answer(Problem(500, "internal_error"))
