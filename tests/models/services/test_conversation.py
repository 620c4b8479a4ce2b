"""Operators and the requester write to each other: once, in order, as long as the request is open."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.errors import KeyReused, RequestClosed, TooManyAnswers
from models.ledger.run import Run
from models.ledger.steps import Claim
from models.maintenance_request import MaintenanceRequest
from models.services import conversation, mails
from models.services.assignees import find_assignee, set_assignee
from models.services.conversation import record_answer
from models.services.notices import write_answers
from models.services.workflow import Changes, update_request
from models.timeline_entry import TimelineEntry
from models.visibility import seen_by_requester
from tests.crowd import at_once
from tests.factories import MailFactory, RequestFactory, RunFactory, UserFactory, using

QUESTION = Changes(reply="몇 호인가요?", question=True)


def _events(session: Session, row: MaintenanceRequest) -> list[str]:
    of_row = select(TimelineEntry.event).where(TimelineEntry.request_id == row.id)
    return list(session.scalars(of_row.order_by(TimelineEntry.id)))


def _claim(subject_id: int) -> Claim:
    run = RunFactory(subject_id=subject_id)
    return Claim(run.id, 1, 1, 1, 0, run.event, subject_id, "call-1")


@pytest.mark.parametrize("status", ["pending", "in_progress", "on_hold"])
def test_a_question_holds_the_request_until_it_is_answered(session: Session, status: str) -> None:
    row, user = RequestFactory(status=status, categorized=True), UserFactory()
    update_request(session, row.id, QUESTION, user=user)
    assert row.status == "on_hold"
    assert conversation.open_question(row) == QUESTION.reply
    update_request(session, row.id, QUESTION, user=user)  # asked once more: it returns as far
    assert record_answer(session, row.id, "302호입니다").made
    assert row.status == ("in_progress" if status == "on_hold" else status)
    assert row.answered and not conversation.open_question(row)
    update_request(session, row.id, Changes(note="읽음"), user=user)
    assert not row.answered


def test_an_operator_may_go_on_without_the_answer(session: Session) -> None:
    row, user = RequestFactory(categorized=True), UserFactory()
    update_request(session, row.id, QUESTION, user=user)
    update_request(session, row.id, Changes(status="in_progress"), user=user)
    update_request(session, row.id, Changes(status="on_hold"), user=user)
    record_answer(session, row.id, "늦었지만 302호입니다")
    assert row.status == "on_hold" and row.answered


def test_whoever_writes_where_nobody_waits_is_refused(session: Session) -> None:
    row, user = RequestFactory(completed=True), UserFactory()
    with pytest.raises(RequestClosed):
        update_request(session, row.id, QUESTION, user=user)
    with pytest.raises(RequestClosed):
        record_answer(session, row.id, "아직 새요")
    assert _events(session, row) == []
    update_request(session, row.id, Changes(reply="고쳤습니다"), user=user)  # but news is read
    assert _events(session, row) == ["reply_added"]


def test_answers_are_bounded(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "MAX_ANSWERS", 2)
    row = RequestFactory()
    for words in ("하나", "둘"):
        record_answer(session, row.id, words)
    with pytest.raises(TooManyAnswers):
        record_answer(session, row.id, "셋")


def test_the_same_call_again_writes_nothing(session: Session) -> None:
    row, user = RequestFactory(), UserFactory()
    for changes in (Changes(reply="오늘 갑니다"), Changes(note="열쇠는 경비실에")):
        key = str(changes.note)
        for _ in range(2):
            update_request(session, row.id, changes, user=user, key=key)
        with pytest.raises(KeyReused):
            update_request(session, row.id, Changes(reply="다른 말"), user=user, key=key)
    assert record_answer(session, row.id, "네", key="tap").made
    assert not record_answer(session, row.id, "네", key="tap").made
    assert _events(session, row) == ["reply_added", "note_added", "requester_replied"]


def test_of_taps_at_once_one_writes(committed: Callable[[], Session]) -> None:
    with committed() as session, session.begin(), using(session):
        request_id, user = RequestFactory().id, UserFactory()

    def tap(number: int) -> bool:
        with committed() as session, session.begin():
            if number % 2:
                update_request(session, request_id, QUESTION, user=user, key="reply")
            return record_answer(session, request_id, "302호", key="answer").made

    assert sum(at_once(6, tap)) == 1
    with committed() as session:
        written = session.scalars(select(TimelineEntry.event).where(TimelineEntry.key.is_not(None)))
        assert sorted(written) == ["question_asked", "requester_replied"]
        events = session.scalars(select(Run.event)).all()
        assert sorted(events) == [
            "answer_notice_due",
            "answer_received",
            "request_updated",
            "update_due",
        ]


def test_danger_in_an_answer_makes_it_urgent(session: Session) -> None:
    row = RequestFactory(categorized=True)
    record_answer(session, row.id, "지금 가스 냄새가 나요")
    assert (row.danger, row.priority) == ("gas", "urgent")
    assert _events(session, row) == ["requester_replied", "priority_changed"]
    # Of one that triage has not seen, triage says so.
    new = RequestFactory()
    record_answer(session, new.id, "지금 가스 냄새가 나요")
    assert (new.danger, new.priority) == ("gas", "pending")


def test_a_requester_sees_replies_without_names_and_no_notes(session: Session) -> None:
    row, user = RequestFactory(), UserFactory(name="박비밀")
    update_request(session, row.id, Changes(note="까다로움", reply="내일 갑니다"), user=user)
    (seen,) = seen_by_requester(row.timeline)
    assert (seen.event, seen.actor, seen.data) == ("reply_added", "", {"text": "내일 갑니다"})


@pytest.mark.parametrize(
    ("language", "asks"), [("ko", "관리사무소의 질문"), ("en", "a question for you")]
)
def test_words_are_mailed_once_with_the_change_they_came_with(
    session: Session, language: str, asks: str
) -> None:
    row, user = RequestFactory(language=language, categorized=True), UserFactory(name="박비밀")
    words = Changes(status="in_progress", reply="2시에 <갑니다>", note="까다로움")
    update_request(session, row.id, words, user=user)
    update_request(session, row.id, QUESTION, user=user)
    first, second = (_claim(row.id) for _ in range(2))
    sent = mails.write_updates(session, [first])[first.run_id].outgoing
    assert "2시에 <갑니다>" in sent.text and "2시에 &lt;갑니다&gt;" in sent.html
    assert str(QUESTION.reply) in sent.text and sent.subject.endswith(asks)
    for secret in ("까다로움", "박비밀", user.username):
        assert secret not in sent.text + sent.html + sent.subject
    assert not mails.write_updates(session, [second])  # no news
    assert mails.write_updates(session, [first])[first.run_id].outgoing == sent
    # The same status again, but another question.
    record_answer(session, row.id, "302호")
    update_request(session, row.id, Changes(reply="몇 시에 계신가요?", question=True), user=user)
    third = _claim(row.id)
    again = mails.write_updates(session, [third])[third.run_id].outgoing
    assert again.subject == sent.subject
    assert "몇 시에" in again.text and str(QUESTION.reply) not in again.text


def test_words_of_a_mail_that_was_held_back_come_with_the_next(session: Session) -> None:
    row, user = RequestFactory(categorized=True), UserFactory()
    update_request(session, row.id, Changes(reply="먼저 쓴 글"), user=user)
    entry_id = row.timeline[-1].id
    MailFactory(request_id=row.id, kind="update", state="held", told_entry=entry_id)
    update_request(session, row.id, Changes(reply="나중 글"), user=user)
    claim = _claim(row.id)
    text = mails.write_updates(session, [claim])[claim.run_id].outgoing.text
    assert "먼저 쓴 글" in text and "나중 글" in text


def _answer_runs(session: Session) -> list[int]:
    return list(session.scalars(select(Run.subject_id).where(Run.event == "answer_notice_due")))


@pytest.mark.parametrize(
    ("assignee", "to"),
    [
        ("", "op@example.org"),
        ("외부 업체", "op@example.org"),
        ("fitter@example.org", "fitter@example.org"),
        ("이기사", "fitter@example.org"),
    ],
)
def test_an_answer_is_mailed_once_to_the_assignee_or_the_operators(
    session: Session, settings_with: Callable[..., object], assignee: str, to: str
) -> None:
    settings_with(OPERATORS_EMAIL="op@example.org")
    UserFactory(username="fitter@example.org", name="이기사")
    row = RequestFactory(categorized=True)
    set_assignee(row, find_assignee(session, assignee))
    record_answer(session, row.id, "302호입니다", call_id="call-1")
    (entry_id,) = _answer_runs(session)
    claim = _claim(entry_id)
    sent = write_answers(session, [claim])[claim.run_id].outgoing
    assert (sent.recipient, sent.reply_to) == (to, row.contact_email)
    assert "302호입니다" in sent.text and row.reference in sent.subject
    assert write_answers(session, [claim])[claim.run_id].outgoing == sent
