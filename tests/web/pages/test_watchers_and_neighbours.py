"""Who watches a request, and what else is wrong at its place."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from models.mail import Mail
from models.services.conversation import record_answer
from models.services.notices import write_answers
from models.services.watchers import list_watchers, watch_request
from models.timeline_entry import TimelineEntry
from tests.factories import RequestFactory, UserFactory
from tests.models.services.test_mails import claim_of
from tests.web.pages.conftest import csrf
from tests.web.pages.document import read


def _watch(desk: FlaskClient, request_id: int, *, begin: bool) -> int:
    form = {"csrf_token": csrf(desk)} | ({"watch": "1"} if begin else {})
    return desk.post(f"/desk/requests/{request_id}/watch", data=form).status_code


def test_an_operator_watches_and_stops(desk: FlaskClient, session: Session) -> None:
    row = RequestFactory()
    for begin, button in ((True, "Stop watching"), (True, "Stop watching"), (False, "Watch")):
        assert _watch(desk, row.id, begin=begin) == 303
        page = read(desk.get(f"/desk/requests/{row.id}"))
        assert button in [one.text for one in page.all("button")]
        assert len(list_watchers(session, row.id)) == int(begin)
    assert _watch(desk, 999999, begin=True) == 404


@pytest.mark.parametrize("assigned", [True, False])
def test_watchers_get_what_the_requester_answers(
    session: Session, settings_with: Callable[..., Settings], assigned: bool
) -> None:
    settings_with(OPERATORS_EMAIL="office@example.org")
    assignee = UserFactory(username="lee@example.org", name="Lee")
    mine = {"assignee": "Lee", "assignee_user_id": assignee.id} if assigned else {}
    row = RequestFactory(categorized=True, **mine)
    watchers = [
        UserFactory(username="park@example.org"),
        UserFactory(username="no-address"),
        UserFactory(username="gone@example.org", active=False),
        assignee,
    ]
    for user in watchers:
        watch_request(session, row.id, user.id)
    record_answer(session, row.id, "302")
    entry = session.scalars(
        select(TimelineEntry.id).where(TimelineEntry.event == "requester_replied")
    )
    write_answers(session, [claim_of(entry.one())])
    told = session.scalars(select(Mail.recipient).where(Mail.request_id == row.id))
    first = [] if assigned else ["office@example.org"]
    assert sorted(told) == sorted([*first, "park@example.org", "lee@example.org"])


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", ("Other requests of this place", "Open", "over")), ("ko", ("같은 위치의 다른 요청", "최근에 끝남"))],
)  # fmt: skip
def test_the_page_names_what_else_is_wrong_at_the_place(
    desk: FlaskClient, language: str, said: tuple[str, ...]
) -> None:
    row, same = RequestFactory(location="본관 302호"), RequestFactory(location="본관302호")
    over = RequestFactory(location="본관 302호", completed=True)
    other = RequestFactory(location="별관")
    page = read(desk.get(f"/desk/requests/{row.id}?lang={language}"))
    section = page.one("section", aria_labelledby="neighbours-heading")
    assert all(part in section.text for part in said)
    assert section.text.index(same.reference) < section.text.index(over.reference)
    assert other.reference not in section.text and row.reference not in section.text
    empty = RequestFactory(location="")
    page = read(desk.get(f"/desk/requests/{empty.id}"))
    assert not page.all("section", aria_labelledby="neighbours-heading")
