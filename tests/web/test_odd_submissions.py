"""Reports as browsers, phones and scripts really send them: taken, with what is wrong named."""

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.photo import Photo
from tests.factories import RequestFactory
from tests.web.conftest import link_token
from tests.web.pictures import picture
from tests.web.problems import check_problem

GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"


def test_null_is_not_given(client: FlaskClient, in_transaction: None) -> None:
    fields = ("location", "contact_info", "requester_name", "language")
    answer = client.post("/api/requests", json={"description": "누수", **dict.fromkeys(fields)})
    assert answer.status_code == 201
    assert answer.get_json()["location"] == ""
    check_problem(client.post("/api/requests", json={"description": None}), 422)


def test_null_is_not_given_to_what_follows_either(client: FlaskClient, session: Session) -> None:
    open_, done = RequestFactory(), RequestFactory(status="completed", completed=True)
    session.commit()
    typed = {"description": "The tap drips", "location": None}
    assert client.post("/danger", json=typed).status_code == 200
    rated = client.put(
        f"/api/requests/{done.id}/rating?token={link_token(done)}",
        json={"stars": 4, "words": None},
    )
    assert rated.status_code == 200
    answer = client.post(
        f"/api/requests/{open_.id}/answers?token={link_token(open_)}",
        json={"answer": "Thanks", "reopen": None},
    )
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"description": "a", "description": "b"}', "application/json"),
        (b"{" + b'"description":1,' * 15_000 + b'"a":1}', "application/json"),
        (b"description=a&description=b", "application/x-www-form-urlencoded"),
    ],
)
def test_what_is_said_twice_is_refused_and_not_half_lost(
    client: FlaskClient, in_transaction: None, body: bytes, kind: str
) -> None:
    answer = client.post("/api/requests", data=body, content_type=kind)
    check_problem(answer, 422)
    assert answer.get_json()["errors"][0]["field"] == "description"
    same = client.post("/api/requests", data={"description": ["a", "a"]})
    assert same.status_code == 201


@pytest.mark.parametrize("name", ["photos", "photo", "photos[]", "photo[]"])
def test_photos_are_read_under_the_names_that_clients_use(
    client: FlaskClient, in_transaction: None, session: Session, name: str
) -> None:
    data = {"description": "누수", name: (BytesIO(picture()), "a.jpg")}
    assert client.post("/api/requests", data=data).status_code == 201
    assert session.scalar(select(func.count()).select_from(Photo)) == 1


def test_a_picture_without_a_file_name_is_a_photo(
    client: FlaskClient, in_transaction: None, session: Session
) -> None:
    """RFC 7578 has names of files as a recommendation only."""
    body = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="%s"\r\nContent-Type: %s\r\n\r\n%s\r\n' % part
        for part in (
            (b"description", b"text/plain", "누수".encode()),
            (b"photos", b"image/jpeg", picture()),
        )
    )
    kind = "multipart/form-data; boundary=b"
    answer = client.post("/api/requests", data=body + b"--b--\r\n", content_type=kind)
    assert answer.status_code == 201
    assert session.scalar(select(func.count()).select_from(Photo)) == 1


@pytest.mark.parametrize("kind", ["multipart/form-data", "application/x-www-form-urlencoded"])
def test_a_photo_sent_as_text_is_named(
    client: FlaskClient, in_transaction: None, kind: str
) -> None:
    data = {"description": "누수", "photos": "data:image/png;base64,AAAA", "photo": ""}
    answer = client.post("/api/requests", data=data, content_type=kind)
    assert answer.status_code == 201
    (error,) = answer.get_json()["photo_errors"]
    assert error["name"] == "photos" and "multipart/form-data" in error["message"]


def test_a_file_under_another_name_is_named(client: FlaskClient, in_transaction: None) -> None:
    data = {"description": "누수", "attachment": (BytesIO(picture()), "a.jpg")}
    answer = client.post("/api/requests", data=data)
    check_problem(answer, 422)
    assert answer.get_json()["errors"][0]["field"] == "attachment"


@pytest.mark.parametrize("bad", [GIF, b"", b"BM\x00\x00", b"hello", b"\xff" * 2000])
def test_a_bad_photo_does_not_keep_a_report_from_being_taken(
    client: FlaskClient, in_transaction: None, session: Session, bad: bytes
) -> None:
    data = {
        "description": "가스 냄새가 나요",
        "photos": [(BytesIO(bad), "bad.gif"), (BytesIO(picture()), "good.jpg")],
    }
    answer = client.post("/api/requests", data=data, headers={"Accept-Language": "en"})
    assert answer.status_code == 201
    (error,) = answer.get_json()["photo_errors"]
    assert error["name"] == "bad.gif" and "not a picture" in error["message"]
    assert session.scalar(select(func.count()).select_from(Photo)) == 1


def test_the_page_after_it_says_so(client: FlaskClient, in_transaction: None) -> None:
    data = {"description": "누수", "photos": (BytesIO(GIF), "bad.gif")}
    answer = client.post("/api/requests", data=data, headers={"Accept": "text/html"})
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"], headers={"Accept-Language": "ko"})
    assert "파일 1개는 사진으로" in page.get_data(as_text=True)
