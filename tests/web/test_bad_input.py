"""Whatever is sent to the intake: a 4xx problem that names the field, and nothing half stored."""

import io
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse, encode_multipart

from models.ledger.run import Run
from models.maintenance_request import MaintenanceRequest
from tests.web.problems import check_problem
from web.http.uploads import MAX_TEXT_BYTES
from web.schemas import MOST_MARKS

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
FIELDS = ("description", "location", "contact_info", "requester_name")


def _nothing_stored(session: Session) -> None:
    for table in (MaintenanceRequest, Run):
        assert session.scalar(select(func.count()).select_from(table)) == 0


def _send(client: FlaskClient, how: str, words: dict[str, Any]) -> TestResponse:
    if how == "json":
        return client.post("/api/requests", json=words)
    if how == MULTIPART:
        boundary, body = encode_multipart(words)  # in memory; the client's own leaves a file open
        return client.post(
            "/api/requests", data=body, content_type=f"{MULTIPART}; boundary={boundary}"
        )
    return client.post("/api/requests", data=words, content_type=how)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b'"text"',
        b"null",
        b"1",
        b'{"description": "x"',
        b'{"description": "x"} trailing',
        b'{"description": NaN}',
        b"\xff\xfe\x00",
        b'{"description": "\xff"}',
        b"[" * 40_000,
        b'{"a":' * 40_000,
        b'{"description": ' + b"9" * 10_000 + b"}",
    ],
)
def test_a_body_that_is_no_json_object(client: FlaskClient, session: Session, body: bytes) -> None:
    answer = client.post("/api/requests", data=body, content_type="application/json")
    assert answer.status_code in (400, 422)
    check_problem(answer, answer.status_code)
    _nothing_stored(session)


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/xml", "image/png", "application/octet-stream", "nonsense"],
)
def test_another_content_type(client: FlaskClient, session: Session, content_type: str) -> None:
    answer = client.post("/api/requests", data=b'{"description": "x"}', content_type=content_type)
    check_problem(answer, 415)
    _nothing_stored(session)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", [1, 1.5, True, [], ["x"], {}, {"a": "b"}])
def test_a_wrong_type(client: FlaskClient, session: Session, field: str, value: object) -> None:
    answer = client.post("/api/requests", json={"description": "x", field: value})
    check_problem(answer, 422, field)
    _nothing_stored(session)


@pytest.mark.parametrize("how", ["json", FORM, MULTIPART])
@pytest.mark.parametrize(
    "words",
    [
        {},
        {"description": ""},
        {"description": "   \t\n"},
        {"description": "\u3000\u00a0"},
        {"description": "\u200b\u200d\ufeff"},
        {"description": "\u3164\u115f"},
        {"description": "\u2800"},
        {"location": "본관"},
    ],
)
def test_nothing_is_said(
    client: FlaskClient, session: Session, how: str, words: dict[str, str]
) -> None:
    check_problem(_send(client, how, words), 422, "description")
    _nothing_stored(session)


@pytest.mark.parametrize("how", ["json", FORM, MULTIPART])
@pytest.mark.parametrize(("field", "limit"), list(zip(FIELDS, (4000, 200, 200, 200), strict=True)))
def test_too_long(client: FlaskClient, session: Session, how: str, field: str, limit: int) -> None:
    body = check_problem(
        _send(client, how, {"description": "x", field: "물" * (limit + 1)}), 422, field
    )
    assert str(limit) in body["errors"][0]["message"]
    _nothing_stored(session)


@pytest.mark.parametrize("how", ["json", FORM, MULTIPART])
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b[31m", "\x7f", "\x85"])
def test_control_characters(
    client: FlaskClient, session: Session, how: str, field: str, character: str
) -> None:
    words = {"description": "x", field: f"물이{character}새요"}
    check_problem(_send(client, how, words), 422, field)
    _nothing_stored(session)


@pytest.mark.parametrize("how", ["json", FORM, MULTIPART])
@pytest.mark.parametrize("field", FIELDS)
def test_a_heap_of_marks_on_one_letter(
    client: FlaskClient, session: Session, how: str, field: str
) -> None:
    """Putting them into their order costs the square of their number."""
    marks = "\u0323\u0301" * (MOST_MARKS // 2)
    check_problem(_send(client, how, {"description": "x", field: f"a{marks}\u0323"}), 422, field)
    _nothing_stored(session)
    assert _send(client, how, {"description": "x", field: f"a{marks}, o{marks}"}).status_code < 400


@pytest.mark.parametrize("field", FIELDS)
def test_what_is_far_too_long_is_not_looked_at(
    client: FlaskClient, session: Session, field: str
) -> None:
    heap = "a" + "\u0301" * 20_000 + "\u0323" * 20_000  # minutes, if it were put into its order
    check_problem(_send(client, "json", {"description": "x", field: heap}), 422, field)
    _nothing_stored(session)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("escape", [r"\ud800", r"\udfff\ud800", r"a\udc00b"])
def test_lone_surrogates(client: FlaskClient, session: Session, field: str, escape: str) -> None:
    words = {"description": '"x"', field: f'"물{escape}"'}
    body = "{" + ", ".join(f'"{name}": {value}' for name, value in words.items()) + "}"
    answer = client.post("/api/requests", data=body, content_type="application/json")
    check_problem(answer, 422, field)
    _nothing_stored(session)


@pytest.mark.parametrize("how", [FORM, MULTIPART])
def test_bytes_that_are_no_utf_8_in_a_form(client: FlaskClient, session: Session, how: str) -> None:
    """Broken bytes become replacement characters or a refusal, never a server error."""
    if how == FORM:
        data = b"description=%ff%fe&location=\xff"
    else:
        data = b'--b\r\nContent-Disposition: form-data; name="description"\r\n\r\n\xff\r\n--b--\r\n'
        how = f"{MULTIPART}; boundary=b"
    answer = client.post("/api/requests", data=data, content_type=how)
    assert answer.status_code in (201, 400, 422)


@pytest.mark.parametrize("how", ["json", FORM, MULTIPART])
def test_ten_megabytes_of_text(client: FlaskClient, session: Session, how: str) -> None:
    answer = _send(client, how, {"description": "x" * (10 * 1024 * 1024)})
    assert answer.status_code in (413, 422)
    check_problem(answer, answer.status_code)
    _nothing_stored(session)


def _chunked(body: str) -> dict[str, Any]:
    """A body that does not say its length, as a server hands it on."""
    return {
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input_terminated": True,
        "wsgi.input": io.BytesIO(body.encode()),
    }


@pytest.mark.parametrize("path", ["/api/requests", "/token"])
def test_too_much_without_saying_how_much(client: FlaskClient, session: Session, path: str) -> None:
    """Chunked: what fits below the limit would be a whole body by itself, were it not cut."""
    words = {"description": "x", "username": "x", "password": "x"}
    whole = _chunked(json.dumps(words))
    filled = _chunked(json.dumps(words) + " " * (2 * MAX_TEXT_BYTES))
    check_problem(client.post(path, content_type=JSON, environ_overrides=filled), 413)
    answer = client.post(path, content_type=JSON, environ_overrides=whole)
    assert answer.status_code == (201 if path == "/api/requests" else 401)


@pytest.mark.parametrize("path", ["/api/requests", "/token"])
def test_a_form_has_to_say_its_length(client: FlaskClient, session: Session, path: str) -> None:
    """One that broke off would look like a shorter one."""
    given = _chunked(urlencode({"description": "x", "username": "x", "password": "x"}))
    check_problem(client.post(path, content_type=FORM, environ_overrides=given), 411)
    _nothing_stored(session)


def test_a_multipart_body_of_thousands_of_parts(client: FlaskClient, session: Session) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n'
    answer = client.post(
        "/api/requests", data=part * 5000 + b"--b--\r\n", content_type=f"{MULTIPART}; boundary=b"
    )
    assert 400 <= answer.status_code < 500
    check_problem(answer, answer.status_code)
    _nothing_stored(session)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b\r\n",
        b'--b\r\nContent-Disposition: form-data; name="description"\r\n\r\nx',
        b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
    ],
)
def test_a_broken_multipart_body(client: FlaskClient, session: Session, body: bytes) -> None:
    answer = client.post("/api/requests", data=body, content_type=f"{MULTIPART}; boundary=b")
    assert 400 <= answer.status_code < 500
    check_problem(answer, answer.status_code)
    _nothing_stored(session)


def test_every_wrong_field_is_named_at_once(client: FlaskClient) -> None:
    words = {"description": "", "location": 5, "contact_info": "x" * 201}
    check_problem(
        client.post("/api/requests", json=words), 422, "description", "location", "contact_info"
    )


@pytest.mark.parametrize(("accepts", "word"), [("ko", "필수"), ("en-US", "required")])
def test_errors_are_in_the_callers_language(client: FlaskClient, accepts: str, word: str) -> None:
    answer = client.post("/api/requests", json={}, headers={"Accept-Language": accepts})
    body = check_problem(answer, 422, "description")
    assert word in body["errors"][0]["message"]
    assert answer.headers["Content-Language"] == accepts[:2]


def test_a_harmless_json_type_with_parameters_is_taken(client: FlaskClient) -> None:
    for content_type in ("application/json; charset=utf-8", "application/problem+json"):
        body = json.dumps({"description": "x"})
        answer = client.post("/api/requests", data=body, content_type=content_type)
        assert answer.status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404),
        ("GET", "/api/requests/x", 404),
        ("DELETE", "/api/requests", 405),
        ("PUT", "/api/requests/1", 405),
        ("GET", "/token", 405),
    ],
)
def test_unknown_addresses_and_methods(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    answer = client.open(path, method=method)
    check_problem(answer, status)
    assert status != 405 or answer.headers["Allow"]
