"""The express lane before Flask for what the front desk does all day: a plain submission in JSON.

It knows success only. Whatever is unusual about a call (a form, photos, a token, wrong input, a
limit reached, a key seen before, an outage) goes on to Flask as it came, which has an answer to
everything: what a caller sees does not depend on the road, and a test holds the two together.

Calls that wait together are written together: as group commit in databases, one statement and one
commit for all of them. ``config.front_door`` brings them in groups, any other server one by one.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

import orjson
from flask_limiter import Limiter
from limits import RateLimitItem, parse_many
from psycopg2.errors import LockNotAvailable
from psycopg2.extensions import TransactionRollbackError
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from config.front_door.calls import COUNTED, FAILED, Answer, Call
from config.settings import Settings, get_settings
from models.database import committing_connection
from models.services.express_intake import submit_together
from models.services.intake import Submission, Submitted, values_of
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

_LARGEST_BODY = 64 * 1024  # bytes

# What came of one: None if its key is taken, or why it was refused.
Outcome = Submitted | Exception | None

_JSON = frozenset({"application/json", "application/json; charset=utf-8"})
_ANY = frozenset({"", "*/*", "application/json", "application/json, text/plain, */*"})
# Somebody logged in, another origin's page, a body without a length: Flask's.
_UNUSUAL = ("HTTP_AUTHORIZATION", "HTTP_ORIGIN", "HTTP_TRANSFER_ENCODING", "HTTP_EXPECT")


@dataclass(frozen=True, slots=True)
class _Counted:
    """A submission that has its place in the limit; ``values`` are what to write of it."""

    call: Call
    values: dict[str, Any]
    quota: Quota


class ExpressLane:
    """WSGI (PEP 3333) around ``further``, which answers all that this does not."""

    def __init__(self, further: "WSGIApplication", engine: Engine, limiter: Limiter) -> None:
        self._further = further
        self.committing = partial(committing_connection, engine)
        self._limiter = limiter
        self._quotas = Quotas(lambda: limiter.limiter)

    def __call__(
        self, environment: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        answer = self._try(environment)
        if answer is None:
            return self._further(environment, start_response)
        start_response(answer.status, answer.headers)
        return [answer.body]

    def _try(self, environment: "WSGIEnvironment") -> Answer | None:
        if COUNTED in environment or FAILED in environment or not self.takes(environment):
            return None
        body = environment["wsgi.input"].read(int(environment["CONTENT_LENGTH"]))
        environment["wsgi.input"] = BytesIO(body)
        answers, _ = self.answer([Call(environment, body)])
        return answers[0]

    def takes(self, environment: "WSGIEnvironment") -> bool:
        """Whether it is worth a try: nothing about the call is unusual, as far as its head says."""
        return _is_plain(environment) and _only_limit(get_settings()) is not None

    def answer(self, calls: Sequence[Call]) -> tuple[list[Answer | None], Exception | None]:
        """One answer for each call that ``takes`` let in, or None where Flask has to look closer,
        or to say what went wrong; and the outage that kept all of them from being written."""
        settings = get_settings()
        limit = _only_limit(settings)
        if limit is None:
            return [None] * len(calls), None
        counted = [one for call in calls if (one := self._count(settings, limit, call))]
        outcomes, outage = self._write(counted)
        answers = {}
        for one, outcome in zip(counted, outcomes, strict=True):
            if isinstance(outcome, Submitted):
                answers[id(one.call)] = _answer(settings, limit, one, outcome)
                continue
            one.call.environment[COUNTED] = True
            if outcome is not None:
                one.call.environment[FAILED] = outcome
        return [answers.get(id(call)) for call in calls], outage

    def _count(self, settings: Settings, limit: RateLimitItem, call: Call) -> "_Counted | None":
        """What there is to write, with its place in the caller's limit, under the very key that
        Flask's counting uses."""
        limiter = self._limiter
        values = _read(settings, call)
        if values is None or limiter.limiter.storage is not limiter.storage:  # Redis is away
            return None
        address = call.environment.get("REMOTE_ADDR") or "127.0.0.1"
        try:
            quota = self._quotas.take(limit, "haja", f"address:{address}", ENDPOINT)
        except Exception:  # noqa: BLE001 - whatever the storage raises: Flask will meet it too
            return None
        return _Counted(call, values, quota) if quota else None

    def _write(self, counted: Sequence["_Counted"]) -> tuple[Sequence[Outcome], Exception | None]:
        """What came of each, and the outage if that is what came of all."""
        if not counted:
            return [], None
        try:
            return self.submit_all([one.values for one in counted]), None
        except Exception as error:  # noqa: BLE001 - Flask has an answer to each
            return [error] * len(counted), error

    def submit_all(self, many: Sequence[dict[str, Any]]) -> list[Outcome]:
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
        return [outcome for one in many for outcome in self.submit_all([one])]


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


def _read(settings: Settings, call: Call) -> dict[str, Any] | None:
    """What to write, or None where Flask has to say what is wrong. orjson takes less than Flask's
    road does (no UTF-16, no lone surrogates) and reads what it takes alike."""
    try:
        form = SubmissionIn.model_validate(orjson.loads(call.body))
    except (ValueError, ValidationError):
        return None
    key = call.environment.get("HTTP_IDEMPOTENCY_KEY")
    if key is not None and not is_key(key):
        return None
    return values_of(
        Submission(
            description=form.description,
            location=form.location,
            contact_info=form.contact_info,
            requester_name=form.requester_name,
            language=_language(form, call.environment),
        ),
        timezone=settings.timezone,
        key=key,
        user_id=None,
        call_id=call_id(call.environment.get("HTTP_X_REQUEST_ID", "")),
    )


def _answer(
    settings: Settings, limit: RateLimitItem, counted: _Counted, written: Submitted
) -> Answer:
    body = orjson.dumps(present_submission(written), option=orjson.OPT_UTC_Z)
    request_id = counted.values["call_id"]
    seconds = time.perf_counter() - counted.call.arrived
    note_answer("POST", PATH, 201, seconds, None, request_id=request_id)
    headers = [
        *_fixed_headers(settings, counted.call.environment["wsgi.url_scheme"]),
        *quota_headers(limit, counted.quota),
        ("X-Request-ID", request_id),
        ("Content-Length", str(len(body))),
        ("Location", f"{PATH}/{written.id}"),
        ("X-Process-Time", f"{seconds:.6f}"),
    ]
    return Answer("201 CREATED", headers, body)


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


def _is_plain(environment: "WSGIEnvironment") -> bool:
    length = environment.get("CONTENT_LENGTH", "")
    return (
        environment["REQUEST_METHOD"] == "POST"
        and environment["PATH_INFO"] == PATH
        and environment.get("CONTENT_TYPE", "").lower() in _JSON
        and not environment.get("QUERY_STRING")
        and length.isdecimal()
        and int(length) <= _LARGEST_BODY
        and environment.get("HTTP_ACCEPT", "") in _ANY
        and not any(name in environment for name in _UNUSUAL)
        and not environment.get("SCRIPT_NAME")
    )


def _language(form: SubmissionIn, environment: "WSGIEnvironment") -> str:
    if form.language in LANGUAGES:
        return form.language
    header = environment.get("HTTP_ACCEPT_LANGUAGE", "")
    return preferred(header) or written_language(form.description)
