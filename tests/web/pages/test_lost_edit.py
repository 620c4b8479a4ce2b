"""An edit that meets another's: refused, with both side by side, and nothing typed is lost."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models.maintenance_request import MaintenanceRequest
from models.services.workflow import Changes, update_request
from tests.factories import RequestFactory, UserFactory
from tests.web.pages.conftest import csrf
from tests.web.pages.document import Document, read


def _form(desk: FlaskClient, row: MaintenanceRequest, **given: str) -> dict[str, str]:
    """The form of changes as a browser sends it."""
    page = read(desk.get(f"/desk/requests/{row.id}"))
    shown = {name: str(getattr(row, name)) for name in ("status", "category", "priority")}
    assert page.hidden["seen_status"] == row.status
    seen = {f"seen_{name}": page.hidden[f"seen_{name}"] for name in (*shown, "assignee")}
    version = str(row.version)
    return {"csrf_token": csrf(desk), "version": version, **seen, **shown, "assignee": "", **given}


def _meanwhile(session: Session, row: MaintenanceRequest, **changes: Any) -> None:
    update_request(session, row.id, Changes(**changes), user=UserFactory(name="Park"))
    session.commit()


def _selected(page: Document, name: str) -> str:
    """What the select of this name has chosen; the document has no tree, but its order."""
    at = page.elements.index(page.by_name(name))
    options = []
    for element in page.elements[at + 1 :]:
        if element.tag != "option":
            break
        options.append(element)
    return next(one["value"] for one in options if one.get("selected") is not None)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "As you saw it Yours As it is now Priority Medium Urgent Low by Park"),
        ("ko", "보던 값 내가 고른 값 지금 값 긴급도 보통 긴급 낮음 Park"),
    ],
)
def test_a_lost_edit_is_shown_beside_what_it_met(
    desk: FlaskClient, session: Session, language: str, said: str
) -> None:
    row = RequestFactory(categorized=True)
    form = _form(desk, row, priority="urgent", assignee="Lee", note="the caretaker knows")
    _meanwhile(session, row, priority="low", status="in_progress")
    page = read(desk.post(f"/desk/requests/{row.id}?lang={language}", data=form), 412)
    table = " ".join(page.one("div", class_="side-by-side").text.split())
    for part in said.split():
        assert part in table
    # What was chosen here stays chosen, all else is as it is now, and the note is kept.
    assert (_selected(page, "priority"), _selected(page, "status")) == ("urgent", "in_progress")
    assert page.by_name("assignee")["value"] == "Lee"
    assert page.by_name("note").text.strip() == "the caretaker knows"
    session.expire_all()
    assert (row.priority, row.assignee) == ("low", "")
    again = form | {name: page.hidden[name] for name in ("version", "seen_priority", "seen_status")}
    again["status"] = "in_progress"
    assert desk.post(f"/desk/requests/{row.id}", data=again).status_code == 303
    session.expire_all()
    assert (row.priority, row.assignee, row.status) == ("urgent", "Lee", "in_progress")


def test_a_note_alone_overwrites_nothing_and_is_not_refused(
    desk: FlaskClient, session: Session
) -> None:
    row = RequestFactory(categorized=True)
    form = _form(desk, row, note="the caretaker knows")
    _meanwhile(session, row, priority="low")
    assert desk.post(f"/desk/requests/{row.id}", data=form).status_code == 303
    session.expire_all()
    assert row.priority == "low" and row.timeline[-1].data == {"note": "the caretaker knows"}


def test_a_status_that_has_become_impossible_is_named_and_not_chosen(
    desk: FlaskClient, session: Session
) -> None:
    row = RequestFactory(categorized=True)
    form = _form(desk, row, status="on_hold")
    _meanwhile(session, row, status="completed")
    page = read(desk.post(f"/desk/requests/{row.id}", data=form), 412)
    assert "On hold" in page.one("div", class_="side-by-side").text
    assert _selected(page, "status") == "completed"


def test_what_a_strange_form_says_is_only_shown_where_it_has_a_name(
    desk: FlaskClient, session: Session
) -> None:
    row = RequestFactory(categorized=True)
    form = _form(desk, row) | {
        "version": "0",
        "seen_status": "<b>",
        "seen_priority": "",
        "priority": "low",
    }
    page = read(desk.post(f"/desk/requests/{row.id}", data=form), 412)
    assert "<b>" not in page.one("body").text
