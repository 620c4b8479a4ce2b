"""The operators' list and the page of one request."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.maintenance_request import MaintenanceRequest
from models.services.workflow import Changes, update_request
from models.triage_result import TriageResult
from models.user import User
from models.words import Category, Priority, Status
from tests.factories import PhotoFactory, RequestFactory, UserFactory
from tests.web.pages.conftest import csrf
from tests.web.pages.document import Document, read
from web.pages.desk import ROWS


def _references(page: Document) -> list[str]:
    return [link.text for link in page.all("a", class_="row-reference")]


def _request(session: Session, row: MaintenanceRequest) -> MaintenanceRequest:
    session.refresh(row)
    return row


def test_a_view_shows_the_newest_first(desk: FlaskClient, session: Session) -> None:
    old = RequestFactory(created_at=datetime.now(UTC) - timedelta(days=2))
    new = RequestFactory(category=Category.HVAC, priority=Priority.URGENT)
    session.add(PhotoFactory.build(request_id=new.id))
    session.commit()
    page = read(desk.get("/desk?view=open"))
    assert "photos: 1" in page.text
    assert _references(page) == [new.reference, old.reference]
    assert "2 requests" in page.text
    assert "Urgent" in page.text and "Heating and cooling" in page.text
    assert "2 days ago" in page.text
    assert page.one("a", aria_current="page")["href"] == "/desk"


def test_filters_are_a_form_that_needs_no_script(desk: FlaskClient, session: Session) -> None:
    wanted = RequestFactory(
        description="누수가 심해요", location="별관 2층", category="plumbing", status="on_hold"
    )
    RequestFactory()
    for query in ("q=누수", "location=별관", "category=plumbing", "status=on_hold&priority="):
        page = read(desk.get(f"/desk?{query}"))
        assert _references(page) == [wanted.reference], query
    page = read(desk.get("/desk?status=on_hold&q=누수"))
    assert page.by_name("q")["value"] == "누수"
    assert "On hold" in [option.text for option in page.all("option", selected="")]
    assert "No requests here." in read(desk.get("/desk?q=nowhere")).text
    read(desk.get("/desk?status=nonsense"), 422)
    refused = read(desk.get("/desk?assigne=Kim&status=pending"), 422)
    assert "assigne" in refused.text
    several = read(desk.get("/desk?status=on_hold&status=pending&assignee=Kim"))
    chosen = [one["value"] for one in several.all("option") if one.get("selected") is not None]
    assert {"on_hold", "pending"} <= set(chosen)
    assert several.one("input", name="assignee")["value"] == "Kim"


def test_pages_follow_each_other_with_their_filters(desk: FlaskClient, session: Session) -> None:
    start = datetime.now(UTC)
    rows = [
        RequestFactory(location="별관", created_at=start - timedelta(minutes=n))
        for n in range(ROWS + 3)
    ]
    first = read(desk.get("/desk?location=별관"))
    second = read(desk.get(first.one("a", rel="next")["href"]))
    assert _references(first) + _references(second) == [row.reference for row in rows]
    assert f"{ROWS + 3} requests" in second.text
    assert not second.all("a", rel="next")
    read(desk.get("/desk?cursor=rubbish"), 422)


def _quick(desk: FlaskClient, row: MaintenanceRequest, **data: str) -> str:
    form = {"csrf_token": csrf(desk), "version": str(row.version), **data}
    answer = desk.post(f"/desk/requests/{row.id}/status", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def test_a_quick_change_comes_back_to_the_same_list(desk: FlaskClient, session: Session) -> None:
    row = RequestFactory()
    here = "status=pending&q=물&evil=//evil.example"
    back = _quick(desk, row, status="in_progress", here=here)
    assert back.startswith("/desk?q=")
    assert "evil" not in back
    assert _request(session, row).status == Status.IN_PROGRESS
    assert "Saved." in read(desk.get(back)).text


def test_a_quick_change_of_an_old_version_changes_nothing(
    desk: FlaskClient, session: Session
) -> None:
    row = RequestFactory()
    back = _quick(desk, row, status="completed", version=str(row.version - 1))
    assert "somebody else changed it" in read(desk.get(back)).text
    assert _request(session, row).status == Status.PENDING
    assert "lost_edit" in _quick(desk, row, status="completed", version="")


def test_a_status_that_cannot_follow_is_not_offered_and_not_taken(
    desk: FlaskClient, session: Session
) -> None:
    row = RequestFactory(completed=True)
    page = read(desk.get("/desk"))
    assert [o["value"] for o in page.all("option") if o["value"] == "on_hold"] == ["on_hold"]
    assert "forbidden_transition" in _quick(desk, row, status="on_hold")


def test_forms_without_their_csrf_token_change_nothing(desk: FlaskClient, session: Session) -> None:
    row = RequestFactory()
    for path in (f"/desk/requests/{row.id}/status", f"/desk/requests/{row.id}"):
        for token in ("", "x" * 36):
            data = {"status": "completed", "version": "1", "csrf_token": token}
            read(desk.post(path, data=data), 403)
    assert _request(session, row).status == Status.PENDING


def test_one_request_is_shown_with_all_that_is_known(desk: FlaskClient, session: Session) -> None:
    row = RequestFactory(danger="gas", contact_info="kim@example.org <x>", categorized=True)
    session.add(
        TriageResult(
            request_id=row.id,
            category="plumbing",
            priority="medium",
            confidence=0.87,
            reason="because of 물",
            language="en",
            model="embedded-9",
        )
    )
    session.commit()
    page = read(desk.get(f"/desk/requests/{row.id}"))
    for shown in (
        row.description,
        "kim@example.org <x>",
        row.requester_name,
        "87%",
        "because of 물",
        "embedded-9",
        "Danger reported: Gas",
        "close the gas valve",
    ):
        assert shown in page.text, shown
    read(desk.get("/desk/requests/999999999"), 404)


def _edit(desk: FlaskClient, row: MaintenanceRequest, **data: str) -> dict[str, str]:
    page = read(desk.get(f"/desk/requests/{row.id}"))
    form = {"version": page.by_name("version")["value"], "csrf_token": csrf(desk)}
    return {**form, "status": row.status, **data}


def test_the_form_changes_everything_at_once(desk: FlaskClient, session: Session) -> None:
    row = RequestFactory(categorized=True)
    data = _edit(
        desk,
        row,
        status="in_progress",
        category="hvac",
        priority="high",
        assignee="이기사",
        note="부품 주문",
    )
    answer = desk.post(f"/desk/requests/{row.id}", data=data)
    assert answer.status_code == 303
    page = read(desk.get(answer.headers["Location"]))
    assert "Saved." in page.text and "부품 주문" in page.text
    now = _request(session, row)
    assert (now.status, now.category, now.priority) == ("in_progress", "hvac", "high")
    assert now.assignee == "이기사"
    desk.post(f"/desk/requests/{row.id}", data=_edit(desk, row, assignee="", note=" \n"))
    assert _request(session, row).assignee == ""


def test_a_lost_edit_is_explained_and_the_note_kept(desk: FlaskClient, session: Session) -> None:
    row = RequestFactory()
    data = _edit(desk, row, status="completed", note="a long <note>")
    update_request(session, row.id, Changes(priority="high"), user=UserFactory())
    session.commit()
    page = read(desk.post(f"/desk/requests/{row.id}", data=data), 412)
    assert page.by_name("note").text.strip() == "a long <note>"
    assert "Somebody else changed this" in page.text
    assert _request(session, row).status == Status.PENDING
    again = {**data, "version": page.by_name("version")["value"]}
    assert desk.post(f"/desk/requests/{row.id}", data=again).status_code == 303


@pytest.mark.parametrize("wrong", [{"status": "nonsense"}, {"assignee": "x" * 201}])
def test_a_wrong_field_is_explained_and_the_note_kept(
    desk: FlaskClient, session: Session, wrong: dict[str, str]
) -> None:
    row = RequestFactory()
    page = read(
        desk.post(f"/desk/requests/{row.id}", data=_edit(desk, row, note="keep me", **wrong)), 422
    )
    assert page.by_name("note").text.strip() == "keep me"


def test_what_people_write_stays_text(desk: FlaskClient, session: Session) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    row = RequestFactory(
        description=hostile, location=hostile, contact_info=hostile, requester_name=hostile
    )
    for path in ("/desk", f"/desk/requests/{row.id}"):
        page = read(desk.get(path))
        assert hostile in page.text
        assert all(script.get("src") for script in page.all("script"))


def test_only_managers_are_led_to_flower(
    enter: Callable[[User | None], FlaskClient], session: Session
) -> None:
    browser = enter(UserFactory())
    assert "Flower" not in read(browser.get("/desk/dashboard")).text
    browser = enter(UserFactory(manager=True))
    page = read(browser.get("/desk/dashboard"))
    page.one("a", href="http://localhost:5555/")


def test_the_names_of_users_are_offered_as_assignees(desk: FlaskClient, session: Session) -> None:
    UserFactory(username="lee@example.org", name="이기사")
    UserFactory(username="gone@example.org", name="최퇴직", disabled=True)
    row = RequestFactory(categorized=True)
    for path in (f"/desk/requests/{row.id}", "/desk?view=all"):
        page = read(desk.get(path))
        names = [one["value"] for one in page.all("option")]
        assert "이기사" in names and "최퇴직" not in names
        assert page.by_name("assignee")["list"] == "assignees"
    desk.post(f"/desk/requests/{row.id}", data=_edit(desk, row, assignee="lee@example.org"))
    assert _request(session, row).assignee == "이기사"
