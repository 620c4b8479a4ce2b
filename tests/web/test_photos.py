"""Uploads, and the pictures that come of them."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import wiring
from models.ledger.run import Run
from models.photo import Photo
from models.services.photos import MAX_PHOTOS_PER_REQUEST
from tests.factories import PhotoFactory, RequestFactory
from tests.web.conftest import Headers, link_token
from tests.web.pictures import picture
from tests.web.problems import check_problem


def _upload(content: bytes, name: str = "고장.jpg") -> dict[str, Any]:
    return {
        "data": {"file": (BytesIO(content), name)},
        "content_type": "multipart/form-data",
    }


def test_an_operator_adds_a_photo(client: FlaskClient, session: Session, operator: Headers) -> None:
    row = RequestFactory()
    url = f"/api/requests/{row.id}/upload"
    answer = client.post(url, headers=operator, **_upload(picture()))
    assert answer.status_code == 202
    body = answer.get_json()
    assert set(body) == {"id", "url", "state"}
    assert (body["url"], body["state"]) == (f"/api/photos/{body['id']}", "processing")
    run = session.scalars(select(Run)).one()
    assert (run.event, run.subject_id) == ("photo_added", body["id"])


def test_photos_with_the_link_need_a_person(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    by_link, by_operator = RequestFactory(), RequestFactory()
    url = f"/api/requests/{by_link.id}/upload?token={link_token(by_link)}"
    assert client.post(url, **_upload(b"no picture")).status_code == 422
    session.refresh(by_link)
    assert not by_link.answered
    assert client.post(url, **_upload(picture())).status_code == 202
    url = f"/api/requests/{by_operator.id}/upload"
    assert client.post(url, headers=operator, **_upload(picture())).status_code == 202
    session.expire_all()
    assert by_link.answered and not by_operator.answered
    told = session.scalars(select(Run.subject_id).where(Run.event == "answer_received"))
    assert told.all() == [by_link.id]


@pytest.mark.parametrize("end", [{"completed": True}, {"status": "cancelled"}])
def test_after_the_end_only_operators_add_photos(
    client: FlaskClient, session: Session, operator: Headers, end: dict[str, Any]
) -> None:
    row = RequestFactory(**end)
    url, query = f"/api/requests/{row.id}/upload", f"?token={link_token(row)}"
    refused = client.post(f"{url}{query}", **_upload(picture()))
    assert check_problem(refused, 409)["type"].endswith("request_closed")
    page = client.get(f"/r/{row.reference}{query}").text
    path = f"/r/{row.reference}/answers"
    assert f'action="{path}' not in page or 'name="reopen"' in page
    data = {"photos": [(BytesIO(picture()), "a.jpg")]}
    assert client.post(f"{path}{query}&lang=en", data=data).status_code == 409
    assert session.scalar(select(func.count()).select_from(Photo)) == 0
    assert client.post(url, headers=operator, **_upload(picture())).status_code == 202


def test_the_link_adds_a_photo_to_its_request_only(client: FlaskClient, session: Session) -> None:
    row, other = RequestFactory(), RequestFactory()
    query = f"?token={link_token(row)}"
    answer = client.post(f"/api/requests/{row.id}/upload{query}", **_upload(picture()))
    assert answer.status_code == 202
    assert link_token(row) in answer.get_json()["url"]
    answer = client.post(f"/api/requests/{other.id}/upload{query}", **_upload(picture()))
    check_problem(answer, 403)
    assert session.scalar(select(func.count()).select_from(Photo)) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html><script>alert(1)</script></html>",
        b"GIF89a" + b"\0" * 100,
        b"\xff\xd8",
    ],
)
def test_what_is_no_picture_is_refused_at_once(
    client: FlaskClient, session: Session, operator: Headers, content: bytes
) -> None:
    row = RequestFactory()
    url = f"/api/requests/{row.id}/upload"
    answer = client.post(url, headers=operator, **_upload(content, "x.jpg"))
    check_problem(answer, 422, "file")
    assert session.scalar(select(func.count()).select_from(Photo)) == 0


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\x00b.jpg", "긴" * 500, "", "\u202egpj.exe"]
)
def test_odd_file_names(
    client: FlaskClient, session: Session, operator: Headers, name: str
) -> None:
    row = RequestFactory()
    url = f"/api/requests/{row.id}/upload"
    answer = client.post(url, headers=operator, **_upload(picture(), name))
    assert answer.status_code in (202, 400, 422), answer.text


def test_a_photo_that_is_too_large(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row = RequestFactory()
    boundary = "b"
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
        + picture()
        + b"\0" * (15 * 2**20)
        + b"\r\n--b--\r\n"
    )
    answer = client.post(
        f"/api/requests/{row.id}/upload",
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
        headers=operator,
    )
    assert answer.status_code in (413, 422)
    check_problem(answer, answer.status_code)


def test_another_body_or_field(client: FlaskClient, session: Session, operator: Headers) -> None:
    row = RequestFactory()
    url = f"/api/requests/{row.id}/upload"
    check_problem(client.post(url, json={"file": "x"}, headers=operator), 415)
    check_problem(client.post(url, data={"file": "x"}, headers=operator), 415)
    other: dict[str, Any] = {
        "data": {"other": (BytesIO(picture()), "a.jpg")},
        "content_type": "multipart/form-data",
    }
    check_problem(client.post(url, headers=operator, **other), 422, "file")


def test_a_full_request_takes_no_more(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row = RequestFactory()
    PhotoFactory.create_batch(MAX_PHOTOS_PER_REQUEST, request_id=row.id)
    url = f"/api/requests/{row.id}/upload"
    check_problem(client.post(url, headers=operator, **_upload(picture())), 409)


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Renditions of one photo in the folder storage."""
    from config.settings import get_settings

    monkeypatch.setenv("HAJA_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    wiring.photo_storage.cache_clear()
    for kind in ("avif", "webp", "jpeg"):
        for size in ("thumb", "large"):
            content = f"{kind} {size}".encode()
            wiring.photo_storage().put(f"aa/{'a' * 64}/{size}.{kind}", content, f"image/{kind}")
    yield
    monkeypatch.undo()
    get_settings.cache_clear()
    wiring.photo_storage.cache_clear()


RENDITIONS = {
    size: {kind: f"aa/{'a' * 64}/{size}.{kind}" for kind in ("avif", "webp", "jpeg")}
    for size in ("thumb", "large")
}


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("image/avif,image/webp,image/apng,*/*;q=0.8", "avif"),
        ("image/webp,*/*", "webp"),
        ("image/avif;q=0,image/webp", "webp"),
        ("image/png,*/*;q=0.8", "jpeg"),
        ("*/*", "jpeg"),
        ("", "jpeg"),
        ("text/html", "jpeg"),
    ],
)
def test_the_format_that_the_caller_names(
    client: FlaskClient,
    session: Session,
    operator: Headers,
    stored: None,
    accept: str,
    kind: str,
) -> None:
    photo = PhotoFactory(ready=True, renditions=RENDITIONS)
    headers = operator | {"Accept": accept}
    answer = client.get(f"/api/photos/{photo.id}", headers=headers)
    assert answer.status_code == 200
    assert (answer.data.decode(), answer.content_type) == (f"{kind} large", f"image/{kind}")
    assert set(answer.vary) == {"Accept", "Authorization", "Cookie"}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    cache = answer.headers["Cache-Control"]
    assert "private" in cache and "max-age" in cache and "public" not in cache


def test_sizes_and_caching(
    client: FlaskClient, session: Session, operator: Headers, stored: None
) -> None:
    photo = PhotoFactory(ready=True, renditions=RENDITIONS)
    url = f"/api/photos/{photo.id}/thumb"
    answer = client.get(url, headers=operator)
    assert answer.data == b"jpeg thumb"
    cached = operator | {"If-None-Match": answer.headers["ETag"]}
    assert client.get(url, headers=cached).status_code == 304
    check_problem(client.get(f"/api/photos/{photo.id}/huge", headers=operator), 404)
    check_problem(client.get(f"/api/photos/{photo.id}/..%2f..", headers=operator), 404)


def test_a_photo_that_is_not_ready(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    processing, rejected = PhotoFactory(), PhotoFactory(rejected=True)
    answer = client.get(f"/api/photos/{processing.id}", headers=operator)
    check_problem(answer, 409)
    assert int(answer.headers["Retry-After"]) > 0
    check_problem(client.get(f"/api/photos/{rejected.id}", headers=operator), 404)
    check_problem(client.get("/api/photos/999999", headers=operator), 404)


def test_a_link_shows_the_photos_of_its_request_only(
    client: FlaskClient, session: Session, stored: None
) -> None:
    mine, other = RequestFactory(), RequestFactory()
    photo = PhotoFactory(request_id=mine.id, ready=True, renditions=RENDITIONS)
    assert client.get(f"/api/photos/{photo.id}?token={link_token(mine)}").status_code == 200
    for path in (f"/api/photos/{photo.id}", f"/api/photos/{photo.id}/thumb"):
        check_problem(client.get(path), 401)
        check_problem(client.get(f"{path}?token={link_token(other)}"), 403)
