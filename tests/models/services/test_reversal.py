"""Undoing a change: what comes back, what is refused, and who is mailed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from models.correction import Correction
from models.errors import LostEdit, UndoExpired
from models.ledger.run import Run, Step, StepState
from models.mail import Mail
from models.reversible_change import ReversibleChange
from models.services.reversal import (
    MAIL_DELAY,
    UNDO_SECONDS,
    delete_old_changes,
    list_undoable,
    undo_change,
)
from models.services.workflow import Changes, update_request
from models.timeline_entry import TimelineEntry
from tests.factories import MailFactory, RequestFactory, UserFactory, using

TOKEN = "t" * 22


def _mail_steps(session: Session) -> list[str]:
    found = select(Step.state).join(Run, Run.id == Step.run_id).where(Run.event == "update_due")
    return list(session.scalars(found.order_by(Step.run_id)))


def test_an_undone_change_restores_everything_and_mails_nobody(session: Session) -> None:
    row = RequestFactory(category="hvac", priority="medium", unsure=True, answered=True)
    user = UserFactory(name="이운영")
    changes = Changes(status="completed", category="plumbing", assignee="박기사", note="확인함")
    update_request(session, row.id, changes, user=user, undo=TOKEN)
    due, today = session.execute(
        select(Step.due_at, func.now()).where(Step.state == StepState.RETRY)
    ).one()
    assert due - today >= timedelta(seconds=MAIL_DELAY / 2)
    assert list_undoable(session, TOKEN, user=user) == [row.id]
    undo_change(session, TOKEN, row.id, user=user)
    session.flush()
    session.refresh(row)
    assert (row.status, row.category, row.assignee) == ("pending", "hvac", "")
    assert (row.completed_at, row.unsure, row.answered) == (None, True, True)
    assert session.scalar(select(func.count()).select_from(Correction)) == 0
    assert _mail_steps(session) == [StepState.DONE]
    entries = session.scalars(select(TimelineEntry).order_by(TimelineEntry.id)).all()
    assert [entry.event for entry in entries if entry.data.get("undone")] == [
        "status_changed",
        "category_changed",
        "assignee_changed",
    ]
    assert entries[-1].data == {"was": "박기사", "became": "", "undone": True}
    assert "note_added" in [entry.event for entry in entries]
    with pytest.raises(UndoExpired):
        undo_change(session, TOKEN, row.id, user=user)


def test_who_was_told_of_the_change_is_told_that_it_is_undone(
    committed: Callable[[], Session],
) -> None:
    with committed() as session, using(session):
        row, user = RequestFactory(), UserFactory()
        session.commit()
        update_request(session, row.id, Changes(status="in_progress"), user=user, undo=TOKEN)
        session.commit()
        MailFactory(kind="update", request_id=row.id, created_at=func.clock_timestamp())
        session.commit()
        undo_change(session, TOKEN, row.id, user=user)
        session.commit()
        assert _mail_steps(session) == [StepState.DONE, StepState.READY]
        assert session.scalar(select(func.count()).select_from(Mail)) == 1


def test_another_change_meanwhile_another_user_and_time_forbid_it(session: Session) -> None:
    user = UserFactory()
    row, late = RequestFactory(), RequestFactory()
    update_request(session, row.id, Changes(priority="high"), user=user, undo=TOKEN)
    with pytest.raises(UndoExpired):
        list_undoable(session, TOKEN, user=UserFactory())
    update_request(session, row.id, Changes(note="그사이"), user=user)
    with pytest.raises(LostEdit):
        undo_change(session, TOKEN, row.id, user=user)
    update_request(session, late.id, Changes(priority="high"), user=user, undo=TOKEN)
    session.execute(
        update(ReversibleChange).values(
            created_at=func.now() - timedelta(seconds=UNDO_SECONDS, minutes=61)
        )
    )
    with pytest.raises(UndoExpired):
        undo_change(session, TOKEN, late.id, user=user)
    delete_old_changes(session)
    assert not session.scalar(text("SELECT count(*) FROM reversible_changes"))


def test_two_changes_with_one_token_are_undone_together(session: Session) -> None:
    row, user = RequestFactory(), UserFactory()
    update_request(session, row.id, Changes(status="in_progress"), user=user, undo=TOKEN)
    update_request(session, row.id, Changes(status="completed"), user=user, undo=TOKEN)
    assert _mail_steps(session) == [StepState.DONE, StepState.RETRY]
    undo_change(session, TOKEN, row.id, user=user)
    assert row.status == "pending"
    assert _mail_steps(session) == [StepState.DONE] * 2


def test_a_reply_is_mailed_at_once_and_cannot_be_taken_back(session: Session) -> None:
    row, user = RequestFactory(), UserFactory()
    update_request(
        session, row.id, Changes(status="in_progress", reply="갑니다"), user=user, undo=TOKEN
    )
    assert _mail_steps(session) == [StepState.READY]
    with pytest.raises(UndoExpired):
        list_undoable(session, TOKEN, user=user)
