"""From bytes that anybody may send to a checked pydantic model, or a problem naming the field."""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, NoReturn, TypeVar, get_origin
from urllib.parse import quote

from flask import Response, g, request
from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from web.http.language import current_language
from web.http.messages import field_message
from web.http.problems import FieldError, Problem

M = TypeVar("M", bound=BaseModel)

# The body's fields that mean nothing, as they stand in an address (RFC 3986, section 2.1).
IGNORED_FIELDS = "X-Ignored-Fields"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def parse(model: type[M], data: Any) -> M:
    """Check ``data`` against ``model``; unknown fields are ignored.

    Raises:
        Problem: 422 with one entry for each wrong field.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise Problem(422, "invalid_input", errors=_field_errors(error)) from None


def parse_query(model: type[M]) -> M:
    """The query string as ``model``; the view declares it (``web.http.parameters.takes``).

    Raises:
        Problem: 422 with one entry for each wrong field.
    """
    return parse(model, values_of(model, request.args))


SHOWN_NAME, SHOWN_ERRORS = 100, 20  # characters of a name; errors of an answer


def values_of(model: type[BaseModel], given: MultiDict[str, str]) -> dict[str, Any]:
    """What ``model`` is made from: all values of its lists, one of everything else."""
    several = lists_of(model)
    return {name: some if name in several else some[-1] for name, some in given.lists()}


@cache
def lists_of(model: type[BaseModel]) -> frozenset[str]:
    """The fields that may have several values."""
    fields = model.model_fields.items()
    return frozenset(name for name, one in fields if get_origin(one.annotation) is list)


def parse_body(
    model: type[M],
    *,
    forms: bool = False,
    others: Collection[str] = (),
) -> M:
    """The body as JSON, or as a form where ``forms`` allows it. Fields that mean nothing are named in
    the answer (``ignore_fields``); ``others`` are read by somebody else.

    Raises:
        Problem: 415 another content type, 400 not a JSON object, 413 too large, 422 as ``parse``.
    """
    known = {*model.model_fields, *others}
    if request.mimetype == "application/json" or request.mimetype.endswith("+json"):
        body = read_json()
        given = {name for name, value in body.items() if value not in (None, "", [], {})}
        ignore_fields(given - model.model_fields.keys())
        return parse(model, body)
    if request.mimetype == FORMS[0]:
        if request.content_length is None:  # nobody could tell half of it from the whole
            raise Problem(411, "length_required")
        _refuse_cut(request.get_data())  # kept for the form's parser
    if forms and request.mimetype in FORMS:
        ignore_fields(request.form.keys() - known)
        return parse(model, _once(model, request.form))
    raise Problem(415, "unsupported_media_type", headers={"Accept": "application/json"})


def ignore_fields(names: Collection[str]) -> None:
    """Name these fields of the body in a header of the answer: a typing error must not pass for a
    change that was made."""
    g.ignored_fields = sorted(names)[:SHOWN_ERRORS]


def refuse_ignored() -> None:
    """Raises Problem (422): the body has fields that mean nothing; for a call that they leave without
    anything to do."""
    if names := g.get("ignored_fields"):
        errors = tuple(field_error(name[:SHOWN_NAME], "unknown_field") for name in names)
        raise Problem(422, "invalid_input", errors=errors)


def tell_ignored(response: Response) -> None:
    if names := g.get("ignored_fields"):
        response.headers[IGNORED_FIELDS] = ", ".join(
            quote(name[:SHOWN_NAME], errors="replace") for name in names
        )


def _once(model: type[BaseModel], form: MultiDict[str, str]) -> dict[str, str]:
    """The fields of a form. Raises Problem (422): one says two things, and half would be lost."""
    for name in model.model_fields:
        if len(set(form.getlist(name))) > 1:
            raise field_problem(name, "repeated")
    return form.to_dict()


def read_json() -> Mapping[str, Any]:
    """The body as a JSON object (RFC 8259).

    Raises:
        Problem: 400; 422, a member is there twice: RFC 8259 leaves open which one counts.
        RequestEntityTooLarge
    """
    data = request.get_data(cache=False)
    _refuse_cut(data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem(400, "not_utf8") from None
    try:
        body = json.loads(text, parse_constant=_refuse, object_pairs_hook=_members)
    except (ValueError, RecursionError):
        raise Problem(400, "not_json") from None
    if not isinstance(body, dict):
        raise Problem(400, "not_json")
    return body


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        ((name, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise field_problem(name[:SHOWN_NAME], "repeated")
    return members


def _refuse_cut(data: bytes) -> None:
    """Of a body that does not say its length (chunked) only as much is read as is allowed, and the
    rest is left: half of what somebody sent must not pass for the whole."""
    limit = request.max_content_length
    if request.content_length is None and limit is not None and len(data) >= limit:
        raise RequestEntityTooLarge


def _refuse(_constant: str) -> NoReturn:
    raise ValueError  # NaN and Infinity are no JSON


def field_problem(field: str, kind: str, **context: Any) -> Problem:
    """A 422 about one field."""
    return Problem(422, "invalid_input", errors=(field_error(field, kind, **context),))


def field_error(field: str, kind: str, **context: Any) -> FieldError:
    """``kind`` in the caller's words."""
    return FieldError(field, field_message(kind, current_language(), context))


def _field_errors(error: ValidationError) -> tuple[FieldError, ...]:
    language = current_language()
    return tuple(
        FieldError(
            # A value of several is named as the parameter that it belongs to.
            ".".join(part for part in item["loc"] if isinstance(part, str)) or "body",
            field_message(item["type"], language, item.get("ctx")),
        )
        for item in error.errors(include_url=False, include_input=False)
    )
