"""The express lane before Flask for what the front desk does all day: a plain submission in JSON.

It knows success only. Whatever is unusual about a call (a form, photos, a token, wrong input, a
limit reached, a key seen before, an outage) goes on to Flask as it came, which has an answer to
everything: what a caller sees does not depend on the road, and a test holds the two together.
"""

import time
from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

import orjson
from flask import Flask
from flask_limiter import Limiter
from limits import RateLimitItem, parse_many
from psycopg2.errors import LockNotAvailable
from psycopg2.extensions import TransactionRollbackError
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from config.settings import Settings, get_settings
from models.database import committing_connection
from models.services.express_intake import submit_together
from models.services.intake import Submission, Submitted, values_of
from web.gathering import Gathering
from web.guarding import protections
from web.idempotency import is_key
from web.language import LANGUAGES, preferred, written_language
from web.presenting import present_submission
from web.quota import Quota, Quotas, quota_headers
from web.schemas import SubmissionIn
from web.tracing import call_id, note_answer

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/api/requests"
ENDPOINT = "requests.submit_request"
# What Flask finds in the environment of a call that was here before: its place in the limit is
# taken, or what went wrong is known and must not be tried again.
COUNTED, FAILED = "haja.counted", "haja.failed"

LARGEST_GROUP = 64  # submissions in one statement
LEADERS = 2  # statements at a time: while one waits for the disk, the next is made

# What came of one: None if its key is taken, or why it was refused.
Outcome = Submitted | Exception | None

_LARGEST_BODY = 64 * 1024
_JSON = frozenset({"application/json", "application/json; charset=utf-8"})
_ANY = frozenset({"", "*/*", "application/json", "application/json, text/plain, */*"})
# Somebody logged in, another origin's page, a body without a length: Flask's.
_UNUSUAL = ("HTTP_AUTHORIZATION", "HTTP_ORIGIN", "HTTP_TRANSFER_ENCODING", "HTTP_EXPECT")


def open_express_lane(app: Flask, engine: Engine, limiter: Limiter) -> None:
    """Put the lane before ``app``."""
    lane = ExpressLane(app.wsgi_app, engine, limiter)
    app.wsgi_app = lane  # type: ignore[method-assign, assignment]
    app.extensions["haja.express"] = lane


class ExpressLane:
    """WSGI (PEP 3333) around ``further``, which answers all that this does not."""

    def __init__(self, further: "WSGIApplication", engine: Engine, limiter: Limiter) -> None:
        self._further = further
        self.committing = partial(committing_connection, engine)
        self._limiter = limiter
        self._quotas = Quotas(lambda: limiter.limiter)
        self._submit = Gathering(self._submit_all, largest=LARGEST_GROUP, leaders=LEADERS)

    def __call__(self, call: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        settings = get_settings()
        limit = _only_limit(settings)
        if limit is None or not _is_plain(call):
            return self._further(call, start_response)
        started = time.perf_counter()
        body = call["wsgi.input"].read(int(call["CONTENT_LENGTH"]))
        call["wsgi.input"] = BytesIO(body)
        values = _read(settings, call, body)
        quota = self._take(limit, call) if values else None
        written = self._write(call, values) if values and quota else None
        if values is None or quota is None or written is None:
            return self._further(call, start_response)
        headers = [
            *quota_headers(limit, quota),
            ("X-Request-ID", values["call_id"]),
            *_fixed_headers(settings, call["wsgi.url_scheme"]),
        ]
        return _answer(start_response, written, headers, values["call_id"], started)

    def _take(self, limit: RateLimitItem, call: "WSGIEnvironment") -> Quota | None:
        """A place in the caller's limit, under the very key that Flask's counting uses."""
        limiter = self._limiter
        if limiter.limiter.storage is not limiter.storage:  # Redis is away: Flask sees to it
            return None
        address = call.get("REMOTE_ADDR") or "127.0.0.1"
        try:
            return self._quotas.take(limit, "haja", f"address:{address}", ENDPOINT)
        except Exception:  # noqa: BLE001 - whatever the storage raises: Flask will meet it too
            return None

    def _write(self, call: "WSGIEnvironment", values: dict[str, Any]) -> Submitted | None:
        """None where Flask has to look closer, or to say what went wrong."""
        call[COUNTED] = True
        try:
            outcome = self._submit(values)
        except Exception as error:  # noqa: BLE001 - Flask has an answer to each
            outcome = error
        if isinstance(outcome, Exception):
            call[FAILED] = outcome
            return None
        return outcome

    def _submit_all(self, many: Sequence[dict[str, Any]]) -> list[Outcome]:
        """All in one statement; each by itself if that was refused, so that one submission which
        PostgreSQL does not take harms no other.

        Raises:
            SQLAlchemyError: nobody knows whether they were written.
        """
        try:
            with self.committing() as connection:
                return list(submit_together(connection, many))
        except DBAPIError as error:
            if _is_uncertain(error):
                raise
            if len(many) == 1:
                return [error]
        return [outcome for one in many for outcome in self._submit_all([one])]


def _is_uncertain(error: DBAPIError) -> bool:
    """A deadlock that PostgreSQL broke, or a lock not had in time, is certain: nothing happened."""
    told = isinstance(error.orig, TransactionRollbackError | LockNotAvailable)
    return isinstance(error, OperationalError | InterfaceError) and not told


@lru_cache(maxsize=16)
def _only_limit(settings: Settings) -> RateLimitItem | None:
    """The intake's limit. None where the lane is closed: each call has to be traced on its way
    through Flask and the ORM, submitting needs a login, or several limits count at once."""
    watched = (
        settings.otel_exporter_otlp_endpoint,
        settings.sentry_dsn,
        settings.new_relic_license_key,
    )
    limits = parse_many(settings.intake_rate_limit)
    closed = any(watched) or settings.intake_require_login or len(limits) != 1
    return None if closed else limits[0]


def _read(settings: Settings, call: "WSGIEnvironment", body: bytes) -> dict[str, Any] | None:
    """What to write, or None where Flask has to say what is wrong. orjson takes less than Flask's
    road does (no UTF-16, no lone surrogates) and reads what it takes alike."""
    try:
        form = SubmissionIn.model_validate(orjson.loads(body))
    except (ValueError, ValidationError):
        return None
    key = call.get("HTTP_IDEMPOTENCY_KEY")
    if key is not None and not is_key(key):
        return None
    return values_of(
        Submission(
            description=form.description,
            location=form.location,
            contact_info=form.contact_info,
            requester_name=form.requester_name,
            language=_language(form, call),
        ),
        timezone=settings.timezone,
        key=key,
        user_id=None,
        call_id=call_id(call.get("HTTP_X_REQUEST_ID", "")),
    )


def _answer(
    start_response: "StartResponse",
    written: Submitted,
    headers: list[tuple[str, str]],
    request_id: str,
    started: float,
) -> list[bytes]:
    body = orjson.dumps(present_submission(written))
    seconds = time.perf_counter() - started
    headers += [
        ("Content-Length", str(len(body))),
        ("Location", f"{PATH}/{written.id}"),
        ("X-Process-Time", f"{seconds:.6f}"),
    ]
    note_answer("POST", PATH, 201, seconds, None, request_id=request_id)
    start_response("201 CREATED", headers)
    return [body]


@lru_cache(maxsize=16)
def _fixed_headers(settings: Settings, scheme: str) -> tuple[tuple[str, str], ...]:
    headers = {
        **protections(settings, https=scheme == "https"),
        "Content-Type": "application/json",
        "Cache-Control": "private, no-cache",
    }
    if settings.allowed_origins:
        headers["Vary"] = "Origin"
    return tuple(headers.items())


def _is_plain(call: "WSGIEnvironment") -> bool:
    length = call.get("CONTENT_LENGTH", "")
    return (
        call["REQUEST_METHOD"] == "POST"
        and call["PATH_INFO"] == PATH
        and call.get("CONTENT_TYPE", "").lower() in _JSON
        and not call.get("QUERY_STRING")
        and length.isdecimal()
        and int(length) <= _LARGEST_BODY
        and call.get("HTTP_ACCEPT", "") in _ANY
        and not any(name in call for name in _UNUSUAL)
        and not call.get("SCRIPT_NAME")
    )


def _language(form: SubmissionIn, call: "WSGIEnvironment") -> str:
    if form.language in LANGUAGES:
        return form.language
    header = call.get("HTTP_ACCEPT_LANGUAGE", "")
    return preferred(header) or written_language(form.description)
