"""What a client sends and nobody reads is named or refused, never passed over in silence."""

from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.photo import Photo
from models.services.photos import MAX_PHOTOS_PER_REQUEST
from tests.factories import PhotoFactory, RequestFactory
from tests.web.conftest import Headers, link_token
from tests.web.pictures import picture
from tests.web.problems import check_problem
from web.http.parsing import IGNORED_FIELDS

WORDS = {"description": "The tap drips"}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({**WORDS, "state": "completed", "설명": "x"}, "state, %EC%84%A4%EB%AA%85"),
        ({**WORDS, "a, b\r\nX: y": 1}, "a%2C%20b%0D%0AX%3A%20y"),
        ({**WORDS, "\ud800": 1}, "%3F"),
        ({**WORDS, "extra": None}, None),
        (WORDS, None),
    ],
)
def test_unknown_fields_are_named(client: FlaskClient, body: dict[str, Any], named: str) -> None:
    answer = client.post("/api/requests", json=body)
    assert answer.status_code == 201
    assert answer.headers.get(IGNORED_FIELDS) == named


def test_unknown_fields_of_a_form_are_named(client: FlaskClient) -> None:
    answer = client.post("/api/requests", data={**WORDS, "place": "Lobby"})
    assert (answer.status_code, answer.headers[IGNORED_FIELDS]) == (201, "place")
    answer = client.post("/token", data={"username": "a", "password": "b", "scope": "all"})
    assert (answer.status_code, answer.headers[IGNORED_FIELDS]) == (401, "scope")


def test_a_change_of_unknown_fields_only_is_refused(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    url = f"/api/requests/{RequestFactory().id}"
    check_problem(client.patch(url, json={"state": "completed"}, headers=operator), 422, "state")
    both = client.patch(url, json={"state": "x", "note": "Called"}, headers=operator)
    assert (both.status_code, both.headers[IGNORED_FIELDS]) == (200, "state")
    nothing = client.patch(url, json={"question": None, "note": "Again"}, headers=operator)
    assert nothing.status_code == 200


def test_unknown_parameters_are_refused_whatever_the_method(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row = RequestFactory()
    url = f"/api/requests/{row.id}"
    check_problem(client.post("/api/requests?dry_run=1", json=WORDS), 422, "dry_run")
    check_problem(
        client.patch(f"{url}?notify=0", json={"note": "x"}, headers=operator), 422, "notify"
    )
    check_problem(client.post("/token?username=a", data={"username": "a"}), 422, "username")
    query = f"?token={link_token(row)}"
    check_problem(client.post(f"{url}/answers{query}&x=1", json={"answer": "a"}), 422, "x")
    check_problem(client.post(f"{url}/upload{query}&x=1", data=_files(picture())), 422, "x")
    assert client.post("/api/requests?lang=en", json=WORDS).status_code == 201
    assert client.post(f"{url}/answers{query}", json={"answer": "a"}).status_code == 201
    rated = client.put(f"{url}/rating{query}", json={"rating": 5})
    assert b"token" not in rated.data


@pytest.mark.parametrize("name", ["photos", "photo", "photos[]"])
def test_photos_in_json_are_named(client: FlaskClient, name: str) -> None:
    answer = client.post("/api/requests", json={**WORDS, name: ["iVBORw0KGgo="]})
    assert answer.status_code == 201
    assert [error["name"] for error in answer.get_json()["photo_errors"]] == [name]
    assert "photo_errors" not in client.post("/api/requests", json={**WORDS, name: []}).get_json()


def _files(*contents: bytes, field: str = "file") -> dict[str, Any]:
    return {field: [(BytesIO(content), f"{n}.jpg") for n, content in enumerate(contents)]}


@pytest.mark.parametrize("field", ["file", "file[]", "photos"])
def test_all_files_of_an_upload_are_taken(
    client: FlaskClient, session: Session, operator: Headers, field: str
) -> None:
    row = RequestFactory()
    answer = client.post(
        f"/api/requests/{row.id}/upload",
        data=_files(picture(), b"none", picture(), field=field),
        headers=operator,
    )
    assert answer.status_code == 202
    body = answer.get_json()
    assert len({photo["id"] for photo in body["photos"]}) == 2
    assert body["id"] == body["photos"][0]["id"]
    assert [error["name"] for error in body["photo_errors"]] == ["1.jpg"]
    assert session.scalar(select(func.count()).select_from(Photo)) == 2


def test_files_beyond_what_a_request_may_have_are_named(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    row = RequestFactory()
    PhotoFactory.create_batch(MAX_PHOTOS_PER_REQUEST - 1, request_id=row.id)
    url = f"/api/requests/{row.id}/upload"
    answer = client.post(url, data=_files(picture(), picture()), headers=operator)
    assert answer.status_code == 202
    assert [error["name"] for error in answer.get_json()["photo_errors"]] == ["1.jpg"]


def test_an_upload_without_a_photo_names_each_file(
    client: FlaskClient, session: Session, operator: Headers
) -> None:
    url = f"/api/requests/{RequestFactory().id}/upload"
    answer = client.post(url, data=_files(b"a", b"b"), headers=operator)
    check_problem(answer, 422, "0.jpg", "1.jpg")


@pytest.mark.parametrize(
    ("said", "meant"),
    [("KO", "ko"), ("ko-KR", "ko"), ("en_US", "en"), ("EN-gb", "en"), ("kor", "ko"), ("fr", "en")],
)
def test_a_language_is_known_however_it_is_written(
    client: FlaskClient, said: str, meant: str
) -> None:
    other = {"ko": "en", "en": "ko"}[meant] if said != "fr" else meant
    body = {**WORDS, "language": said}
    answer = client.post("/api/requests", json=body, headers={"Accept-Language": other})
    assert answer.get_json()["language"] == meant
