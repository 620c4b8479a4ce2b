"""What each call answers, for the OpenAPI document: bodies, problems, and headers by status."""

from typing import Any

from web.api.docs.operations import Operation
from web.schemas import ProblemOut

REF = "#/components/schemas/{model}"

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}

# Name to (description, schema).
_HEADERS: dict[str, tuple[str, Schema]] = {
    "X-Request-ID": (
        "This call's id, as it is in the logs: the caller's own if it was harmless",
        _TEXT,
    ),
    "X-Process-Time": ("Seconds", {"type": "string", "pattern": r"^\d+\.\d{6}$"}),
    "Cache-Control": ("Nothing of a request is kept by shared caches", _TEXT),
    "ETag": ("For If-None-Match; of one request also for If-Match", _TEXT),
    "Location": ("Where it is", {"type": "string", "format": "uri-reference"}),
    "Idempotent-Replayed": (
        "The Idempotency-Key was used before: nothing new was made",
        {"const": "true"},
    ),
    "X-Ignored-Fields": (
        "Fields of the body that mean nothing here, percent-encoded, with commas between",
        _TEXT,
    ),
    "X-Total-Count": ("How many requests the filters fit", _COUNT),
    "Link": ('RFC 8288: rel="next", rel="prev"', _TEXT),
    "Vary": ("What else the answer depends on", _TEXT),
    "Content-Language": ("Of its sentences: see Accept-Language", {"enum": ["ko", "en"]}),
    "Content-Disposition": ("A name to keep it by", _TEXT),
    "Pragma": ("For caches of HTTP/1.0", {"const": "no-cache"}),
    "WWW-Authenticate": ("RFC 6750", {"const": "Bearer"}),
    "Retry-After": ("Seconds to wait", _COUNT),
    "X-RateLimit-Limit": ("Calls allowed", _COUNT),
    "X-RateLimit-Remaining": ("Calls left", _COUNT),
    "X-RateLimit-Reset": ("When all are allowed again, in seconds since 1970", {"type": "number"}),
}
_ALWAYS = ("X-Request-ID", "X-Process-Time", "Cache-Control")
_OF_A_LIMIT = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
# Status to the headers that are always there, and to those that may be.
_SURE: dict[int, tuple[str, ...]] = {
    201: ("Location",),
    302: ("Location",),
    303: ("Location",),
    304: ("ETag",),
    401: ("WWW-Authenticate",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}
_POSSIBLE: dict[int, tuple[str, ...]] = {
    201: ("Idempotent-Replayed",),
    303: ("Idempotent-Replayed",),
    409: ("Retry-After",),
}


def describe_answers(operation: Operation) -> Schema:
    """The ``responses`` of one call."""
    answers: Schema = {}
    for status, (description, model) in operation.answers.items():
        schema: Schema = {"$ref": REF.format(model=model.__name__)} if model else _TEXT
        if operation.is_list:
            schema = {"type": "array", "items": schema}
        content = {kind: {"schema": schema} for kind in operation.answer_type.split(", ")}
        answers[str(status)] = {"description": description, "headers": _headers(operation, status)}
        if model or (status == 200 and operation.answer_type != "application/json"):
            answers[str(status)]["content"] = content
    for status in operation.problems:
        answers.setdefault(str(status), _problem(operation, status))
    return answers


def _problem(operation: Operation, status: int) -> Schema:
    schema = {"$ref": REF.format(model=ProblemOut.__name__)}
    content: Schema = {"application/problem+json": {"schema": schema}}
    if operation.for_browsers:
        content["text/html"] = {"schema": _TEXT}
    headers = _headers(operation, status) | {
        name: _header(name, required=name == "Vary" or not operation.for_browsers)
        for name in ("Vary", "Content-Language")
    }
    return {"description": "Problem", "headers": headers, "content": content}


def _headers(operation: Operation, status: int) -> Schema:
    sure = [*_ALWAYS, *_SURE.get(status, ())]
    possible = list(_POSSIBLE.get(status, ()))
    if status == 200:
        sure.extend(operation.sends)
    if status == 200 and 304 in operation.answers:
        sure.append("ETag")
    if status < 400 and 304 in operation.answers:
        sure.append("Vary")
    if status == 200 and operation.is_list:
        sure.append("X-Total-Count")
        possible.append("Link")
    if operation.body or operation.file_fields:
        possible.append("X-Ignored-Fields")
    if 429 in operation.problems:
        possible.extend(_OF_A_LIMIT)
    return {name: _header(name, required=True) for name in sure} | {
        name: _header(name, required=False) for name in possible
    }


def _header(name: str, *, required: bool) -> Schema:
    description, schema = _HEADERS[name]
    return {"description": description, "required": required, "schema": schema}
