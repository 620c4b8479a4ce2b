"""Errors as RFC 9457 problem details, and the one table from domain errors to HTTP."""

from dataclasses import dataclass, field
from typing import Any

import orjson
from flask import Response

from models import errors as domain
from models.problems import CONTENT_TYPE, detail_of, problem_details
from web.http.language import current_language

STATUS_OF: dict[type[domain.DomainError], int] = {
    domain.NotFound: 404,
    domain.Gone: 410,
    domain.InvalidInput: 422,
    domain.ForbiddenTransition: 409,
    domain.RequestClosed: 409,
    domain.TooLateToReopen: 409,
    domain.NotRatable: 409,
    domain.TooManyAnswers: 409,
    domain.LastAdmin: 409,
    domain.UnknownAssignee: 422,
    domain.TooManyViews: 409,
    domain.LostEdit: 412,
    domain.UndoExpired: 409,
    domain.KeyReused: 422,
    domain.NotAuthenticated: 401,
    domain.Forbidden: 403,
    domain.LinkExpired: 410,
    domain.LinkRevoked: 410,
    domain.NoAddress: 409,
    domain.TooManyLinkMails: 409,
    domain.TooManyCorrections: 409,
    domain.TooManyPhotos: 409,
    domain.LostLease: 409,
    domain.Busy: 503,
}


@dataclass(frozen=True, slots=True)
class FieldError:
    field: str
    message: str


@dataclass(slots=True)
class Problem(Exception):
    """An answer that is an error. ``code`` names its type; ``detail`` is in the caller's language."""

    status: int
    code: str
    detail: str = ""
    errors: tuple[FieldError, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        body = problem_details(self.status, self.code, current_language(), self.detail)
        if self.errors:
            body["errors"] = [{"field": e.field, "message": e.message} for e in self.errors]
        return body

    def as_response(self) -> Response:
        response = Response(
            orjson.dumps(self.as_json()), status=self.status, content_type=CONTENT_TYPE
        )
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Language"] = current_language()
        response.vary.update(("Accept-Language", "Authorization", "Cookie"))
        response.headers.update(self.headers)
        return response


def reason_of(error: Problem | domain.DomainError) -> tuple[str, int]:
    """Why something was refused, as a page says it beside what was typed, and the answer's status."""
    if isinstance(error, Problem):
        return " ".join(one.message for one in error.errors), error.status
    return detail_of(error.code, current_language()), problem_of(error).status


def problem_of(error: domain.DomainError) -> Problem:
    """The problem that a domain error is to a caller."""
    problem = Problem(STATUS_OF[type(error)], error.code)
    if error.field:
        message = error.message or detail_of(error.code, current_language())
        problem.errors = (FieldError(error.field, message),)
    if problem.status == 503:
        problem.headers["Retry-After"] = "5"
    if problem.status == 401:
        problem.headers["WWW-Authenticate"] = "Bearer"
    return problem
