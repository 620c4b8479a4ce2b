"""Text that is not in UTF-8: read by the encoding that it is in, or refused by its field's name."""

from io import BytesIO
from urllib.parse import quote_from_bytes

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models.maintenance_request import MaintenanceRequest
from tests.factories import RequestFactory, UserFactory, cheap_hash
from tests.web.conftest import Headers
from tests.web.pictures import picture
from tests.web.problems import check_problem

PATH = "/api/requests"
# The second byte of 똠 and 펲 in CP949, and not in EUC-KR, is a letter of ASCII.
SAID = {"description": "똠방각하 펲시콜라, 물이 새요", "location": "3층 화장실"}
FORM = "application/x-www-form-urlencoded"
BOUNDARY = "boundary"


def _urlencoded(fields: dict[str, bytes], *, raw: bool = False) -> bytes:
    return b"&".join(
        b"%s=%s" % (name.encode(), value if raw else quote_from_bytes(value).encode())
        for name, value in fields.items()
    )


def _multipart(fields: dict[str, bytes], *, charset: str = "", file_name: bytes = b"") -> bytes:
    body = BytesIO()
    kind = f"Content-Type: text/plain; charset={charset}\r\n" if charset else ""
    for name, value in fields.items():
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n{kind}\r\n'
        body.write(head.encode() + value + b"\r\n")
    if file_name:
        body.write(f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\n".encode())
        body.write(b'Content-Disposition: form-data; name="photos"; filename="%s"' % file_name)
        body.write(b"\r\n\r\n" + picture() + b"\r\n")
    return body.getvalue() + f"--{BOUNDARY}--\r\n".encode()


def _send(
    client: FlaskClient, body: bytes, how: str, charset: str = "", **headers: str
) -> TestResponse:
    kind = FORM if how == "form" else f"multipart/form-data; boundary={BOUNDARY}"
    declared = f"; charset={charset}" if charset else ""
    return client.post(PATH, data=body, content_type=kind + declared, headers=headers)


def _in(encoding: str) -> dict[str, bytes]:
    return {name: text.encode(encoding) for name, text in SAID.items()}


def _is_stored(session: Session, answer: TestResponse) -> bool:
    assert answer.status_code == 201, answer.get_data(as_text=True)
    stored = session.scalars(select(MaintenanceRequest)).one()
    return {name: getattr(stored, name) for name in SAID} == SAID


@pytest.mark.parametrize("how", ["form", "raw form", "multipart"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_an_undeclared_encoding_is_found(
    client: FlaskClient, in_transaction: None, session: Session, how: str, encoding: str
) -> None:
    fields = _in(encoding)
    if how == "multipart":
        answer = _send(client, _multipart(fields), how)
    else:
        answer = _send(client, _urlencoded(fields, raw=how == "raw form"), "form")
    assert _is_stored(session, answer)


@pytest.mark.parametrize("label", ["EUC-KR", "ks_c_5601-1987", "windows-949"])
@pytest.mark.parametrize("how", ["content type", "field", "part"])
def test_a_declared_encoding_is_believed(
    client: FlaskClient, in_transaction: None, session: Session, how: str, label: str
) -> None:
    """징 in CP949 is an exclamation mark upside down in UTF-8."""
    fields = {"description": "징".encode("cp949")}
    if how == "content type":
        answer = _send(client, _urlencoded(fields), "form", label)
    elif how == "field":
        answer = _send(client, _urlencoded({**fields, "_charset_": label.encode()}), "form")
    else:
        answer = _send(client, _multipart(fields, charset=label), "multipart")
    assert answer.status_code == 201
    assert answer.get_json()["description"] == "징"


@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "nonsense", "idna", "base64"])
def test_utf_8_is_read_whatever_is_declared(
    client: FlaskClient, in_transaction: None, session: Session, declared: str
) -> None:
    assert _is_stored(session, _send(client, _urlencoded(_in("utf-8")), "form", declared))


def test_photos_with_names_in_cp949_come_along(
    client: FlaskClient, in_transaction: None, session: Session
) -> None:
    body = _multipart(_in("cp949"), file_name="누수 사진.jpg".encode("cp949"))
    answer = _send(client, body, "multipart")
    assert _is_stored(session, answer)
    assert len(session.scalars(select(MaintenanceRequest)).one().photos) == 1


@pytest.mark.parametrize("how", ["form", "multipart"])
@pytest.mark.parametrize(
    ("value", "declared"),
    [
        (b"\xff\xfe\xff", ""),
        ("누수".encode("cp949")[:-1], ""),
        ("水漏れ".encode("shift_jis"), "shift_jis"),
        ("水漏れです".encode("utf-16"), "utf-16"),
    ],
)
def test_what_cannot_be_read_is_named_and_not_stored(
    client: FlaskClient, session: Session, how: str, value: bytes, declared: str
) -> None:
    fields = {"description": b"leak", "location": value}
    body = _urlencoded(fields) if how == "form" else _multipart(fields)
    problem = check_problem(_send(client, body, how, declared), 422, "location")
    assert "CP949" in problem["errors"][0]["message"]
    page = _send(client, body, how, declared, Accept="text/html")
    assert (page.status_code, page.mimetype) == (422, "text/html")
    assert session.scalar(select(MaintenanceRequest)) is None


@pytest.mark.parametrize("encoding", ["cp949", "utf-16", "utf-8"])
@pytest.mark.parametrize(("language", "word"), [("ko", "UTF-8로"), ("en", "UTF-8")])
def test_json_is_utf_8(
    client: FlaskClient, session: Session, encoding: str, language: str, word: str
) -> None:
    body = '{"description": "누수"}'.encode(encoding)
    body = body[:-3] if encoding == "utf-8" else body
    answer = client.post(
        PATH,
        data=body.replace(b"\x88", b"\xff"),
        content_type="application/json; charset=euc-kr",
        headers={"Accept-Language": language},
    )
    problem = check_problem(answer, 400)
    assert problem["type"].endswith("#not_utf8") and word in problem["detail"]
    assert session.scalar(select(MaintenanceRequest)) is None


def test_the_login_form(client: FlaskClient, in_transaction: None, session: Session) -> None:
    password = "비밀번호 열두 글자 넘게"
    UserFactory(username="김하자", password_hash=cheap_hash(password))
    session.commit()
    said = {"username": "김하자", "password": password}
    body = _urlencoded({name: text.encode("cp949") for name, text in said.items()})
    assert client.post("/login", data=body, content_type=FORM).status_code == 303
    wrong = _urlencoded({"username": b"\xff\xff", "password": b"x"})
    assert client.post("/login", data=wrong, content_type=FORM).status_code == 422


@pytest.mark.parametrize("raw", [False, True])
def test_a_search(client: FlaskClient, session: Session, operator: Headers, raw: bool) -> None:
    for _ in range(2):
        RequestFactory(description="화장실 누수")
    RequestFactory(description="전등")
    said = "누수".encode("cp949")
    query = said.decode("latin-1") if raw else quote_from_bytes(said)
    query = f"q={query}&_charset_=euc-kr&limit=1"
    found = client.get(PATH, environ_overrides={"QUERY_STRING": query}, headers=operator)
    assert [row["description"] for row in found.get_json()] == ["화장실 누수"]
    assert found.headers["X-Total-Count"] == "2"
    _, _, rest = found.headers["Link"].partition(f"{PATH}?")
    following = client.get(f"{PATH}?{rest.partition('>')[0]}", headers=operator)
    assert [row["description"] for row in following.get_json()] == ["화장실 누수"]


@pytest.mark.parametrize("query", ["q=%FF%FE", "q=\xff\xfe", "%FF=1", "token=%FF", "lang=\xff"])
@pytest.mark.parametrize("path", [PATH, "/desk", "/", "/r/ACDE-FGHJ", "/login", "/nothing"])
def test_a_query_that_cannot_be_read(
    client: FlaskClient, operator: Headers, query: str, path: str
) -> None:
    for headers in (operator, {"Accept": "text/html"}, {}):
        answer = client.get(path, environ_overrides={"QUERY_STRING": query}, headers=headers)
        assert answer.status_code < 500
        if path == PATH and headers is operator:
            check_problem(answer, 422)
