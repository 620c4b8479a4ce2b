"""The lane for plain submissions in JSON.

Calls that wait together are written together: as group commit in databases, one statement and one
commit for all of them. ``config.front_door`` brings them in groups, any other server one by one.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

import orjson
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
from web.idempotency import is_key
from web.lanes.plain import are_open, fixed_headers, is_plain
from web.language import LANGUAGES, preferred, written_language
from web.limits import address_as_caller
from web.presenting import present_submission
from web.quota import Quota, Quotas
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


@dataclass(frozen=True, slots=True)
class _Counted:
    """A submission that has its place in the limit; ``values`` are what to write of it."""

    call: Call
    values: dict[str, Any]
    quota: Quota


class SubmittingLane:
    """Also WSGI (PEP 3333) around ``further``, which answers all that this does not."""

    clerks = 1

    def __init__(self, further: "WSGIApplication", engine: Engine, quotas: Quotas) -> None:
        self._further = further
        self.committing = partial(committing_connection, engine)
        self._quotas = quotas

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
        return _is_submission(environment) and _is_open(get_settings())

    def answer(self, calls: Sequence[Call]) -> tuple[list[Answer | None], Exception | None]:
        """One answer for each call that ``takes`` let in, or None where Flask has to look closer,
        or to say what went wrong; and the outage that kept all of them from being written."""
        settings = get_settings()
        counted = [one for call in calls if (one := self._count(settings, call))]
        outcomes, outage = self._write(counted)
        answers: dict[int, Answer] = {}
        for one, outcome in zip(counted, outcomes, strict=True):
            if isinstance(outcome, Submitted):
                answers[id(one.call)] = _answer(settings, one, outcome)
                continue
            one.call.environment[COUNTED] = True
            if outcome is not None:
                one.call.environment[FAILED] = outcome
        return [answers.get(id(call)) for call in calls], outage

    def _count(self, settings: Settings, call: Call) -> "_Counted | None":
        """What there is to write, with its place in the caller's limit, under the very key that
        Flask's counting uses."""
        values = _read(settings, call)
        if values is None:
            return None
        caller = address_as_caller(call.environment.get("REMOTE_ADDR", ""))
        quota = self._quotas.take(settings.intake_rate_limit, caller, ENDPOINT)
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
                # Somebody is writing its key: Flask waits for that on a thread of its own.
                return [None if isinstance(error.orig, LockNotAvailable) else error]
        return [outcome for one in many for outcome in self.submit_all([one])]


def _is_uncertain(error: DBAPIError) -> bool:
    """A deadlock that PostgreSQL broke, or a lock not had in time, is certain: nothing happened."""
    if not getattr(error.orig, "pgcode", None):  # PostgreSQL itself did not say it
        return True
    told = isinstance(error.orig, TransactionRollbackError | LockNotAvailable)
    return isinstance(error, OperationalError | InterfaceError) and not told


def _is_open(settings: Settings) -> bool:
    return are_open(settings) and not settings.intake_require_login


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


def _answer(settings: Settings, counted: _Counted, written: Submitted) -> Answer:
    body = orjson.dumps(present_submission(written), option=orjson.OPT_UTC_Z)
    request_id = counted.values["call_id"]
    seconds = time.perf_counter() - counted.call.arrived
    note_answer("POST", PATH, 201, seconds, None, request_id=request_id)
    headers = [
        *fixed_headers(settings, counted.call.environment["wsgi.url_scheme"]),
        *counted.quota.headers(),
        ("X-Request-ID", request_id),
        ("Content-Length", str(len(body))),
        ("Location", f"{PATH}/{written.id}"),
        ("X-Process-Time", f"{seconds:.6f}"),
    ]
    return Answer("201 CREATED", headers, body)


def _is_submission(environment: "WSGIEnvironment") -> bool:
    length = environment.get("CONTENT_LENGTH", "")
    return (
        environment["REQUEST_METHOD"] == "POST"
        and environment["PATH_INFO"] == PATH
        and environment.get("CONTENT_TYPE", "").lower() in _JSON
        and not environment.get("QUERY_STRING")
        and length.isdecimal()
        and int(length) <= _LARGEST_BODY
        and "HTTP_AUTHORIZATION" not in environment
        and is_plain(environment)
    )


def _language(form: SubmissionIn, environment: "WSGIEnvironment") -> str:
    if form.language in LANGUAGES:
        return form.language
    header = environment.get("HTTP_ACCEPT_LANGUAGE", "")
    return preferred(header) or written_language(form.description)
