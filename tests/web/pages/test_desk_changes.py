"""Changing what is selected on the list, without a script, and taking it back."""

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.maintenance_request import MaintenanceRequest
from models.services.workflow import Changes, update_request
from tests.factories import RequestFactory, UserFactory
from tests.web.pages.conftest import csrf
from tests.web.pages.document import Document, read


def _send(desk: FlaskClient, page: Document, *chosen: MaintenanceRequest, **data: str) -> Document:
    """Choose these rows of the page and send its form."""
    boxes = {box["value"] for box in page.all("input", name="chosen")}
    values = [f"{row.id}.{row.version}" for row in chosen]
    assert set(values) <= boxes
    form = {
        "csrf_token": csrf(desk),
        "here": page.all("input", name="here")[0]["value"],
        "chosen": values,
        "status": "",
        "category": "",
        "priority": "",
        "assignee": "",
        "note": "",
        **data,
    }
    answer = desk.post("/desk/changes", data=form)
    assert answer.status_code == 303, answer.text
    return read(desk.get(answer.headers["Location"]))


def test_what_is_selected_is_changed_and_undone_without_a_script(
    desk: FlaskClient, session: Session
) -> None:
    rows = [RequestFactory(location="별관") for _ in range(3)]
    session.commit()
    page = read(desk.get("/desk?view=open&location=별관"))
    page = _send(desk, page, *rows[:2], status="in_progress", note="오늘 갑니다")
    assert "Changed: 2." in page.text
    assert page.by_name("location")["value"] == "별관"
    session.expire_all()
    assert [row.status for row in rows] == ["in_progress", "in_progress", "pending"]
    undo = page.one("input", name="undo")["value"]
    form = {"csrf_token": csrf(desk), "undo": undo, "here": "view=open"}
    answer = desk.post("/desk/undo", data=form)
    assert "Undone: 2." in read(desk.get(answer.headers["Location"])).text
    session.expire_all()
    assert {row.status for row in rows} == {"pending"}
    again = desk.post("/desk/undo", data=form)
    assert "cannot be undone" in read(desk.get(again.headers["Location"])).text


def test_all_that_match_are_changed(desk: FlaskClient, session: Session) -> None:
    rows = [RequestFactory(location="별관") for _ in range(2)]
    other = RequestFactory(location="본관")
    session.commit()
    page = read(desk.get("/desk?view=open&location=별관"))
    assert "All 2 that match" in page.text
    page = _send(desk, page, all="1", assignee="박기사")
    session.expire_all()
    assert [row.assignee for row in (*rows, other)] == ["박기사", "박기사", ""]


def test_what_cannot_be_changed_is_counted(desk: FlaskClient, session: Session) -> None:
    done, open_ = RequestFactory(status="completed"), RequestFactory()
    session.commit()
    page = _send(desk, read(desk.get("/desk?view=all")), done, open_, status="on_hold")
    assert "Changed: 1." in page.text and "Not changed: 1" in page.text
    form = {"csrf_token": csrf(desk), "chosen": "rubbish"}
    read(desk.post("/desk/changes", data=form), 422)


def test_a_quick_change_can_be_undone(desk: FlaskClient, session: Session) -> None:
    row = RequestFactory()
    session.commit()
    form = {"csrf_token": csrf(desk), "version": str(row.version), "status": "on_hold"}
    answer = desk.post(f"/desk/requests/{row.id}/status", data=form)
    page = read(desk.get(answer.headers["Location"]))
    undo = page.one("input", name="undo")["value"]
    desk.post("/desk/undo", data={"csrf_token": csrf(desk), "undo": undo})
    session.expire_all()
    assert row.status == "pending"


def _save(desk: FlaskClient, row: MaintenanceRequest, **data: str) -> Document:
    """Send the form of the request's own page; the page that follows."""
    address = f"/desk/requests/{row.id}"
    page = read(desk.get(address))
    seen = {name: value for name, value in page.hidden.items() if name.startswith("seen_")}
    shown = {name.removeprefix("seen_"): value for name, value in seen.items()}
    form = {"csrf_token": csrf(desk), "version": page.hidden["version"], **seen, **shown, **data}
    answer = desk.post(address, data=form)
    assert answer.status_code == 303, answer.text
    return read(desk.get(answer.headers["Location"]))


def test_what_a_request_s_own_form_changed_can_be_undone(
    desk: FlaskClient, session: Session
) -> None:
    row = RequestFactory(category="hvac", assignee="김기사")
    session.commit()
    page = _save(desk, row, category="plumbing", assignee="", note="배관입니다")
    assert "Saved." in page.text
    form = {"csrf_token": csrf(desk)} | {
        name: page.one("input", name=name)["value"] for name in ("undo", "request")
    }
    for told in ("Undone.", "cannot be undone any more"):
        answer = desk.post("/desk/undo", data=form)
        assert answer.headers["Location"].startswith(f"/desk/requests/{row.id}?")
        assert told in read(desk.get(answer.headers["Location"])).text
        session.expire_all()
        assert (row.category, row.assignee) == ("hvac", "김기사")


def test_what_somebody_has_changed_since_stays_as_it_is(
    desk: FlaskClient, session: Session
) -> None:
    row = RequestFactory()
    session.commit()
    page = _save(desk, row, status="on_hold")
    update_request(session, row.id, Changes(status="completed"), user=UserFactory())
    session.commit()
    form = {"csrf_token": csrf(desk), "undo": page.hidden["undo"], "request": str(row.id)}
    answer = desk.post("/desk/undo", data=form)
    assert "Not saved" in read(desk.get(answer.headers["Location"])).text
    session.expire_all()
    assert row.status == "completed"


def test_where_nothing_can_be_undone_nothing_offers_it(desk: FlaskClient, session: Session) -> None:
    row = RequestFactory(contact_info="a@example.org")
    session.commit()
    for written in ({}, {"note": "메모"}, {"reply": "내일 갑니다", "status": "on_hold"}):
        page = _save(desk, row, **written)
        assert "Saved." in page.text
        assert not page.all("input", name="undo")
