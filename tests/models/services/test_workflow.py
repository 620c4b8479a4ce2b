"""Operators' changes: transitions, corrections, lost edits."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.correction import Correction
from models.errors import ForbiddenTransition, LostEdit, NotFound
from models.ledger.run import Run
from models.services.workflow import Changes, update_request
from models.timeline_entry import TimelineEntry
from models.words import Status
from tasks.pipelines import PIPELINES
from tests.crowd import at_once
from tests.factories import RequestFactory, UserFactory, using


def test_equal_values_change_nothing_and_send_no_mail(session: Session) -> None:
    row = RequestFactory(categorized=True)
    version = row.version
    same = Changes(status=row.status, category=row.category, priority=row.priority, assignee="")
    update_request(session, row.id, same, user=UserFactory())
    assert row.version == version
    for table in (Run, TimelineEntry, Correction):
        assert session.scalar(select(func.count()).select_from(table)) == 0


@pytest.mark.parametrize(
    "changes",
    [
        Changes(status="in_progress"),
        Changes(category="electrical"),
        Changes(priority="urgent"),
        Changes(assignee="박기사"),
    ],
)
def test_every_change_is_an_event_that_mails_the_requester(
    session: Session, changes: Changes
) -> None:
    row = RequestFactory(categorized=True)
    update_request(session, row.id, changes, user=UserFactory())
    *_, event = session.scalars(select(Run.event).order_by(Run.id))
    assert "mail.send_update" in PIPELINES[event]


def test_a_note_alone_sends_no_mail(session: Session) -> None:
    row = RequestFactory()
    user = UserFactory(name="")
    update_request(session, row.id, Changes(note="확인함"), user=user)
    entry = session.scalars(select(TimelineEntry)).one()
    assert (entry.event, entry.actor, entry.data) == (
        "note_added",
        user.username,
        {"note": "확인함"},
    )
    assert session.scalar(select(func.count()).select_from(Run)) == 0


def test_a_correction_records_user_and_values(session: Session) -> None:
    row = RequestFactory(categorized=True)
    user = UserFactory()
    update_request(session, row.id, Changes(category="electrical"), user=user)
    correction = session.scalars(select(Correction)).one()
    assert (correction.field, correction.was, correction.became, correction.user_id) == (
        "category",
        "plumbing",
        "electrical",
        user.id,
    )


def test_completion_sets_a_time_and_reopening_removes_it(session: Session) -> None:
    row = RequestFactory()
    user = UserFactory()
    update_request(session, row.id, Changes(status=Status.COMPLETED), user=user)
    assert row.completed_at is not None
    update_request(session, row.id, Changes(status=Status.IN_PROGRESS), user=user)
    assert row.completed_at is None


def test_a_forbidden_change_changes_nothing_else(session: Session) -> None:
    row = RequestFactory(completed=True)
    with pytest.raises(ForbiddenTransition), session.begin_nested():
        update_request(
            session, row.id, Changes(status=Status.ON_HOLD, priority="urgent"), user=UserFactory()
        )
    session.refresh(row)
    assert (row.status, row.priority) == (Status.COMPLETED, "medium")


def test_an_unknown_request(session: Session) -> None:
    with pytest.raises(NotFound):
        update_request(session, 1, Changes(), user=UserFactory())


def test_of_two_edits_of_one_version_at_once_one_is_lost(
    committed: Callable[[], Session],
) -> None:
    with committed() as session, session.begin(), using(session):
        request_id, user, version = RequestFactory().id, UserFactory(), 1

    def edit(number: int) -> str:
        try:
            with committed() as session, session.begin():
                changes = Changes(assignee=f"기사 {number}")
                update_request(session, request_id, changes, user=user, expected_version=version)
        except LostEdit as error:
            return error.code
        return "done"

    answers = at_once(8, edit)
    assert sorted(answers) == ["done", *["lost_edit"] * 7]
    with committed() as session:
        assert session.scalar(select(func.count()).select_from(Run)) == 2
