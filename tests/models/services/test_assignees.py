"""Whom a request is assigned to, and that this person hears of it once."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.ledger.run import Run
from models.ledger.steps import Claim
from models.maintenance_request import MaintenanceRequest
from models.services.assignees import list_assignees
from models.services.notices import write_assignments
from models.services.reversal import undo_change
from models.services.workflow import Changes, update_request
from models.user import User
from tests.factories import RequestFactory, RunFactory, UserFactory


def _people() -> User:
    UserFactory(username="lee@example.org", name="이기사", language="en")
    UserFactory(username="choi@example.org", name="")
    UserFactory(username="kim1@example.org", name="김기사")
    UserFactory(username="kim2@example.org", name="김기사")
    UserFactory(username="gone@example.org", name="최퇴직", disabled=True)
    return UserFactory(username="me@example.org", name="박운영")


def _assign(session: Session, row: MaintenanceRequest, to: str, user: User, undo: str = "") -> None:
    update_request(session, row.id, Changes(assignee=to), user=user, undo=undo)


def _due(session: Session) -> list[Claim]:
    entries = session.scalars(select(Run.subject_id).where(Run.event == "assignment_due"))
    runs = [RunFactory(subject_id=entry) for entry in entries.all()]
    return [Claim(run.id, 1, 1, 1, 0, run.event, run.subject_id, "call-1") for run in runs]


@pytest.mark.parametrize(
    ("given", "stored", "told"),
    [
        ("me", "박운영", ""),
        ("ME@example.org", "박운영", ""),
        ("Lee@Example.org", "이기사", "lee@example.org"),
        ("이기사", "이기사", "lee@example.org"),
        ("choi@example.org", "choi@example.org", "choi@example.org"),
        ("kim2@example.org", "kim2@example.org", "kim2@example.org"),
        ("김기사", "김기사", ""),
        ("gone@example.org", "gone@example.org", ""),
        ("외부 업체", "외부 업체", ""),
        ("none", "", ""),
        ("", "", ""),
    ],
)
def test_an_assignee_is_a_user_or_a_free_name_and_is_told(
    session: Session, given: str, stored: str, told: str
) -> None:
    row = RequestFactory(categorized=True, assignee="before")
    _assign(session, row, given, _people())
    assert row.assignee == stored
    mails = [write_assignments(session, [one])[one.run_id].outgoing for one in _due(session)]
    assert [mail.recipient for mail in mails] == [told] * bool(told)


@pytest.mark.parametrize(("language", "words"), [("ko", "담당 배정"), ("en", "Assigned to you")])
def test_the_mail_is_in_the_assignees_language_and_written_once(
    session: Session, language: str, words: str
) -> None:
    other = {"ko": "en", "en": "ko"}[language]
    row = RequestFactory(categorized=True, language=other)
    UserFactory(username="lee@example.org", name="Lee", language=language)
    user = UserFactory(name="Park")
    _assign(session, row, "Lee", user)
    _assign(session, row, "lee@example.org", user)  # no change
    (claim,) = _due(session)
    sent = write_assignments(session, [claim])[claim.run_id].outgoing
    assert words in sent.subject and row.reference in sent.subject
    assert "Park" in sent.text and row.description in sent.text
    assert write_assignments(session, [claim])[claim.run_id].outgoing == sent


def _reassign(session: Session, row: MaintenanceRequest, user: User) -> None:
    _assign(session, row, "외부 업체", user)


def _undo(session: Session, row: MaintenanceRequest, user: User) -> None:
    undo_change(session, "u" * 32, row.id, user=user)


@pytest.mark.parametrize("take_back", [_reassign, _undo])
def test_who_has_it_no_more_is_not_told(session: Session, take_back: Callable[..., Any]) -> None:
    row, user = RequestFactory(categorized=True), _people()
    _assign(session, row, "이기사", user, undo="u" * 32)
    take_back(session, row, user)
    (claim,) = _due(session)
    assert write_assignments(session, [claim]) == {}


def test_the_names_to_choose_from_are_those_that_are_stored(session: Session) -> None:
    user, row = _people(), RequestFactory(categorized=True)
    names = list_assignees(session, user)
    everybody = {"이기사", "choi@example.org", "kim1@example.org", "kim2@example.org", "박운영"}
    assert names[0] == "박운영" and set(names) == everybody
    for name in names:
        _assign(session, row, name, user)
        assert row.assignee == name
