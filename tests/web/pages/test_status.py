"""The status page: all that its requester may know, and nothing for anybody else."""

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.maintenance_request import MaintenanceRequest
from models.photo import Photo
from models.services.photos import MAX_PHOTOS_PER_REQUEST
from models.services.workflow import Changes, update_request
from models.timeline_entry import TimelineEntry
from models.words import Category, Priority, Status
from tests.factories import PhotoFactory, RequestFactory, UserFactory
from tests.web.conftest import link_token
from tests.web.pages.document import Document, read
from tests.web.pictures import picture


def _path(request: MaintenanceRequest) -> str:
    return f"/r/{request.reference}?token={link_token(request)}"


def _open(browser: FlaskClient, request: MaintenanceRequest, language: str = "en") -> Document:
    return read(browser.get(_path(request) + f"&lang={language}"))


def _current_step(page: Document) -> str:
    return page.one("li", aria_current="step").text.split("(")[0].strip()


def test_without_its_token_nobody_learns_whether_it_exists(
    browser: FlaskClient, session: Session
) -> None:
    real, other = RequestFactory(), RequestFactory()
    answers = [
        browser.get(f"/r/{real.reference}"),
        browser.get(f"/r/{real.reference}?token={link_token(real)}x"),
        browser.get(f"/r/{real.reference}?token={link_token(other)}"),
        browser.get("/r/AAAA-AAAA"),
        browser.get("/r/AAAA-AAAA?token=AAAA-AAAA.zzzz"),
    ]
    texts = {read(answer, 403).text for answer in answers}
    assert len(texts) == 1
    assert real.description not in texts.pop()


def test_a_link_to_a_request_that_is_gone_says_so(browser: FlaskClient) -> None:
    gone = MaintenanceRequest(reference="ABCD-EFGH")
    read(browser.get(_path(gone)), 404)


def test_a_reference_may_be_typed_any_way(browser: FlaskClient, session: Session) -> None:
    request = RequestFactory()
    loose = request.reference.replace("-", "").lower()
    read(browser.get(f"/r/{loose}?token={link_token(request)}"))


@pytest.mark.parametrize(
    ("status", "is_sorted", "step"),
    [
        (Status.PENDING, False, "Sorting"),
        (Status.PENDING, True, "Work"),
        (Status.IN_PROGRESS, True, "In progress"),
        (Status.IN_PROGRESS, False, "In progress"),
        (Status.ON_HOLD, True, "On hold"),
        (Status.CANCELLED, True, "Cancelled"),
    ],
)
def test_the_steps_say_where_it_is(
    browser: FlaskClient, session: Session, status: Status, is_sorted: bool, step: str
) -> None:
    request = RequestFactory(status=status, categorized=is_sorted)
    assert _current_step(_open(browser, request)) == step


def test_a_completed_one_is_through_all_steps(browser: FlaskClient, session: Session) -> None:
    page = _open(browser, RequestFactory(completed=True))
    assert len(page.all("li", class_="done")) == 4
    assert "It is done." in page.text


def test_category_and_priority_appear_once_they_are_known(
    browser: FlaskClient, session: Session
) -> None:
    request = RequestFactory()
    assert "being sorted" in _open(browser, request).text
    request.category, request.priority = Category.ELEVATOR, Priority.URGENT
    session.commit()
    page = _open(browser, request)
    assert "being sorted" not in page.text
    assert "Elevator" in page.text and "Urgent" in page.text
    assert "긴급" in _open(browser, request, "ko").text


def test_requesters_see_no_notes_names_or_contacts(browser: FlaskClient, session: Session) -> None:
    request = RequestFactory()
    user = UserFactory(name="Operator Kim")
    changes = Changes(status="in_progress", assignee="Fitter Lee", note="costs too much")
    update_request(session, request.id, changes, user=user)
    for event in ("notice_sent", "something_of_tomorrow"):
        session.add(TimelineEntry(request_id=request.id, event=event))
    session.commit()
    page = _open(browser, request)
    for secret in (
        "Operator Kim",
        "Fitter Lee",
        "costs too much",
        request.contact_info,
        request.requester_name,
        "operators",
        "something_of_tomorrow",
    ):
        assert secret not in page.text
    assert "Status: Received → In progress" in page.text
    assert "Somebody was assigned." in page.text
    assert "상태: 접수 → 처리 중" in _open(browser, request, "ko").text


def test_the_history_tells_of_a_second_answer(browser: FlaskClient, session: Session) -> None:
    request = RequestFactory()
    found = {"category": "pest", "priority": "low"}
    session.add(TimelineEntry(request_id=request.id, event="request_refined", data=found))
    session.commit()
    assert "Sorted again: “Pest”, priority “Low”." in _open(browser, request).text
    assert "‘해충’, 긴급도 ‘낮음’으로 다시 분류되었습니다." in _open(browser, request, "ko").text


def test_times_are_those_of_the_building(browser: FlaskClient, session: Session) -> None:
    from datetime import UTC, datetime

    request = RequestFactory(created_at=datetime(2026, 3, 1, 20, 5, tzinfo=UTC))
    assert "2 Mar 2026, 05:05" in _open(browser, request).text
    page = _open(browser, request, "ko")
    assert "2026년 3월 2일 (월) 05:05" in page.text
    assert page.all("time", datetime="2026-03-01T20:05:00Z")


def test_who_is_in_danger_is_told_what_to_do_until_it_is_over(
    browser: FlaskClient, session: Session
) -> None:
    request = RequestFactory(danger="gas")
    assert "close the gas valve" in _open(browser, request).text
    request.status = Status.COMPLETED
    session.commit()
    assert "gas valve" not in _open(browser, request).text


def test_photos_are_shown_by_their_state(browser: FlaskClient, session: Session) -> None:
    request = RequestFactory()
    ready = PhotoFactory(request_id=request.id, ready=True)
    PhotoFactory(request_id=request.id)
    PhotoFactory(request_id=request.id, rejected=True)
    page = _open(browser, request)
    (image,) = page.all("img", loading="lazy")
    assert image["src"] == f"/api/photos/{ready.id}/thumb?token={link_token(request)}"
    assert image["alt"]
    page.one("div", class_="photo-waits processing")
    page.one("div", class_="photo-waits rejected")


def test_a_photo_can_be_added_without_scripts(browser: FlaskClient, session: Session) -> None:
    request = RequestFactory()
    page = _open(browser, request)
    assert len([field for field in page.all("input", type="file") if field.get("name")]) == 1
    form = next(f for f in page.all("form", method="post") if "answers" in f["action"])
    data = {"photos": [(BytesIO(picture()), "a.jpg")], "answer": " "}
    answer = browser.post(form["action"], data=data)
    assert answer.status_code == 303
    assert answer.headers["Location"] == _path(request) + "&notice=answered#photos"
    assert session.scalar(select(func.count(Photo.id))) == 1
    assert "A photo was added." in _open(browser, request).text


def test_a_photo_that_cannot_be_added_is_explained(browser: FlaskClient, session: Session) -> None:
    request = RequestFactory()
    path = f"/r/{request.reference}/answers?token={link_token(request)}"
    assert read(browser.post(path, data={}), 422).one("p", id="answer-error").text
    page = read(browser.post(path, data={"photos": [(BytesIO(b"text"), "a.jpg")]}), 422)
    assert page.one("p", id="answer-photos-error").text
    for _ in range(MAX_PHOTOS_PER_REQUEST):
        PhotoFactory(request_id=request.id)
    session.commit()
    answer = browser.post(path, data={"photos": [(BytesIO(picture()), "a.jpg")]})
    assert "cannot hold more photos" in read(answer, 409).text


@pytest.mark.parametrize("name", ["photos", "photo", "photos[]", "photo[]"])
def test_one_bad_photo_does_not_keep_the_others_from_being_taken(
    browser: FlaskClient, session: Session, name: str
) -> None:
    request = RequestFactory()
    path = f"/r/{request.reference}/answers?token={link_token(request)}"
    files = [(BytesIO(picture()), "a.jpg"), (BytesIO(b"GIF89a"), "moving.gif")]
    files += [(BytesIO(b""), "empty.png"), (BytesIO(picture()), "b.jpg")]
    page = read(browser.post(path, data={name: files}), 200)
    assert session.scalar(select(func.count(Photo.id))) == 2
    message = page.one("p", id="answer-photos-error").text
    assert "moving.gif: " in message and "empty.png: " in message and ".jpg" not in message
    assert len(page.all("div", class_="photo-waits processing")) == 2


def test_files_under_another_name_and_photos_too_many_at_once_are_named(
    browser: FlaskClient, session: Session
) -> None:
    request = RequestFactory()
    path = f"/r/{request.reference}/answers?token={link_token(request)}"
    read(browser.post(path, data={"attachment": (BytesIO(picture()), "a.jpg")}), 422)
    six = [(BytesIO(picture()), f"{number}.jpg") for number in range(6)]
    page = read(browser.post(path, data={"photos": six[:3], "photo[]": six[3:]}), 200)
    assert "5.jpg: " in page.one("p", id="answer-photos-error").text
    assert session.scalar(select(func.count(Photo.id))) == 5


def test_as_many_photos_are_taken_as_there_is_room_for(
    browser: FlaskClient, session: Session
) -> None:
    request = RequestFactory()
    PhotoFactory.create_batch(MAX_PHOTOS_PER_REQUEST - 2, request_id=request.id)
    session.commit()
    path = f"/r/{request.reference}/answers?token={link_token(request)}"
    three = [(BytesIO(picture()), f"{number}.jpg") for number in range(3)]
    page = read(browser.post(path, data={"photos": three}), 200)
    assert session.scalar(select(func.count(Photo.id))) == MAX_PHOTOS_PER_REQUEST
    assert "cannot hold more photos" in page.text


def test_nobody_adds_photos_without_the_link(browser: FlaskClient, session: Session) -> None:
    request, other = RequestFactory(), RequestFactory()
    for token in ("", "x", link_token(other)):
        data = {"photos": [(BytesIO(picture()), "a.jpg")]}
        answer = browser.post(f"/r/{request.reference}/answers?token={token}", data=data)
        assert answer.status_code == 403
    assert session.scalar(select(func.count(Photo.id))) == 0
