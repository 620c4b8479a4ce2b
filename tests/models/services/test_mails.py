"""Messages: written once by their step, in the requester's language, with the result of sending."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from threading import Thread

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from config.settings import Settings, get_settings
from models.ledger.run import Run, StepState
from models.ledger.steps import Claim
from models.mail import Mail, MailState
from models.maintenance_request import MaintenanceRequest
from models.ports import OutgoingMail
from models.report import ReportKind
from models.services import mails, reports
from models.services.contact_corrections import correct_contact
from models.services.links import status_url
from models.services.mail_store import StoredMail, record_sending, take_queued
from models.services.notices import write_notices
from models.services.recipients import Recipients
from models.timeline_entry import TimelineEntry
from models.words import Status
from tasks.steps.mail_delivery import Write
from tests.factories import MailFactory, RequestFactory, RunFactory, using
from tests.waiting import wait_for

_QUEUED = select(func.count()).select_from(Run).where(Run.event == "mail_queued")
_WAITS = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
HOSTILE = "<script>alert(1)</script>\n.\nBcc: everybody@example.org"


def claim_of(subject_id: int) -> Claim:
    run = RunFactory(subject_id=subject_id)
    return Claim(run.id, 2, 1, 1, 0, run.event, subject_id, "call-1")


def _one(write: Write, session: Session, claim: Claim) -> OutgoingMail | None:
    written = write(session, [claim]).get(claim.run_id)
    return written.outgoing if written else None


def _count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize(
    ("language", "receipt", "update"),
    [("ko", "접수되었습니다", "처리 상태"), ("en", "We have your request", "is now")],
)
def test_mails_are_in_the_requesters_language(
    session: Session, language: str, receipt: str, update: str
) -> None:
    row = RequestFactory(language=language, categorized=True)
    MailFactory(introduction=True, recipient=row.contact_email)
    for write, subject in ((mails.write_receipts, receipt), (mails.write_updates, update)):
        mail = _one(write, session, claim_of(row.id))
        assert mail is not None
        assert subject in mail.subject and row.reference in mail.subject
        assert mail.recipient == row.contact_email
        assert status_url(get_settings(), row.reference, 0) in mail.text
        assert row.description in mail.text
        assert f'lang="{language}"' in mail.html


def test_a_step_writes_its_mail_once(session: Session) -> None:
    claim = claim_of(RequestFactory().id)
    first = _one(mails.write_receipts, session, claim)
    assert first is not None
    again = _one(mails.write_receipts, session, claim)
    assert again == first
    assert _count(session, Mail) == 1
    assert first.message_id.startswith("<") and first.message_id.endswith(">")


def test_several_changes_before_the_mail_make_one_message(session: Session) -> None:
    request = RequestFactory(completed=True)
    first, second = claim_of(request.id), claim_of(request.id)

    assert _one(mails.write_updates, session, first) is not None
    assert _one(mails.write_updates, session, second) is None  # says the same as the one before

    request.status = Status.IN_PROGRESS
    session.flush()
    assert _one(mails.write_updates, session, claim_of(request.id)) is not None


def test_a_message_that_was_never_sent_does_not_suppress_the_next(session: Session) -> None:
    """Its runner was paused, and wrote it when another had ended the step already."""
    request = RequestFactory(completed=True)
    stale = claim_of(request.id)
    assert _one(mails.write_updates, session, stale) is not None
    session.execute(
        text(
            "INSERT INTO steps (run_id, position, task, state, done_at)"
            " VALUES (:run_id, :position, 'mail.send_update', 'done', now())"
        ),
        {"run_id": stale.run_id, "position": stale.position},
    )
    assert _one(mails.write_updates, session, claim_of(request.id)) is not None


def test_a_request_without_an_address_gets_no_mail(session: Session) -> None:
    row = RequestFactory(anonymous=True)
    assert mails.write_receipts(session, [claim_of(row.id), claim_of(10**9)]) == {}
    assert mails.write_updates(session, [claim_of(10**9)]) == {}


def test_hostile_text_is_escaped(session: Session) -> None:
    row = RequestFactory(description=HOSTILE, location="<img src=x>")
    MailFactory(introduction=True, recipient=row.contact_email)
    mail = _one(mails.write_receipts, session, claim_of(row.id))
    assert mail is not None
    assert "<script>" not in mail.html and "<img src=x>" not in mail.html
    assert "\n" not in mail.subject and "\r" not in mail.subject
    # A quoted line never becomes the single dot that ends a message.
    assert "\n.\n" not in mail.text


def test_operators_get_a_notice_each(
    session: Session, settings_with: Callable[..., Settings]
) -> None:
    settings_with(OPERATORS_EMAIL='a@example.org, "Kim, 운영" <b@example.org>, c@example.org')
    row = RequestFactory(categorized=True, location="본관\n3층")
    claim = claim_of(row.id)
    written = write_notices(session, [claim, claim_of(10**9)])
    stored = session.scalars(select(Mail).order_by(Mail.id)).all()
    assert {mail.recipient for mail in stored} == {
        "a@example.org",
        '"Kim, 운영" <b@example.org>',
        "c@example.org",
    }
    assert all("\n" not in mail.subject for mail in stored)
    assert f"/desk/requests/{row.id}" in stored[0].text
    # An answer goes to the requester.
    assert {mail.reply_to for mail in stored} == {row.contact_email}
    # The step itself sends the first; each of the others has its own run.
    assert [one.id for one in written.values()] == [stored[0].id]
    runs = session.scalars(select(Run).where(Run.event == "mail_queued")).all()
    assert {run.subject_id for run in runs} == {mail.id for mail in stored[1:]}


# A step that was released is claimed as if for the first time.
@pytest.mark.parametrize("claims", [1, 2])
@pytest.mark.parametrize("write", [mails.write_receipts, mails.write_updates, write_notices])
def test_a_message_that_is_retried_is_the_same_and_queues_nothing_twice(
    session: Session, settings_with: Callable[..., Settings], write: Write, claims: int
) -> None:
    settings_with(OPERATORS_EMAIL="a@example.org, b@example.org")
    claim = claim_of(RequestFactory(categorized=True).id)
    first = write(session, [claim])
    again = write(session, [replace(claim, claims=claims)])
    assert first.keys() == {claim.run_id}
    assert again == first
    assert _count(session, Mail) == (2 if write is write_notices else 1)
    assert session.scalar(_QUEUED) == (1 if write is write_notices else 0)


@pytest.mark.parametrize("write", [mails.write_receipts, mails.write_updates, write_notices])
def test_two_runners_of_a_step_write_one_message(
    committed: Callable[[], Session], settings_with: Callable[..., Settings], write: Write
) -> None:
    """The first has lost its lease and has not noticed. The second begins before the first has
    committed, and waits for it."""
    settings_with(OPERATORS_EMAIL="a@example.org, b@example.org")
    with committed() as db, using(db):
        claim = claim_of(RequestFactory(categorized=True).id)
        db.commit()
    found: dict[int, StoredMail] = {}

    def be_second() -> None:
        with committed() as other:
            found.update(write(other, [claim]))
            other.commit()

    second = Thread(target=be_second)
    with committed() as one, committed() as observer:
        first = write(one, [claim])
        second.start()
        wait_for(lambda: observer.scalar(_WAITS), "the second waits")
        one.commit()
        second.join()
        assert found == first
        assert _count(observer, Mail) == (2 if write is write_notices else 1)
        assert observer.scalar(_QUEUED) == (1 if write is write_notices else 0)


def test_a_contact_that_is_corrected_meanwhile_is_for_later_mails(
    committed: Callable[[], Session],
) -> None:
    """The step has read the old address, and waits for another mail to it."""
    with committed() as db, using(db):
        row = RequestFactory(categorized=True)
        old, claims = row.contact_email, [claim_of(row.id), claim_of(row.id)]
        db.commit()
    found: dict[int, StoredMail] = {}

    def write() -> None:
        with committed() as other:
            found.update(mails.write_updates(other, claims[:1]))
            other.commit()

    step = Thread(target=write)
    with committed() as one, committed() as observer:
        Recipients(one, [old])
        step.start()
        wait_for(lambda: observer.scalar(_WAITS), "the step waits")
        request = observer.get_one(MaintenanceRequest, row.id)
        correct_contact(observer, request, contact_info="new@example.net")
        request.status = Status.IN_PROGRESS
        observer.commit()
        one.rollback()
        step.join()
        assert found[claims[0].run_id].outgoing.recipient == old
        request.status = Status.ON_HOLD
        observer.flush()
        later = _one(mails.write_updates, observer, claims[1])
        assert later is not None and later.recipient == "new@example.net"


NEWS = {
    "status": "in_progress",
    "category": "electrical",
    "priority": "urgent",
    "assignee": "박기사",
}


@pytest.mark.parametrize("name", NEWS)
def test_each_change_is_news_and_who_does_it_is_not(session: Session, name: str) -> None:
    row = RequestFactory(categorized=True, assignee="" if name == "assignee" else "이기사")
    assert _one(mails.write_updates, session, claim_of(row.id)) is not None
    setattr(row, name, NEWS[name])
    session.flush()
    mail = _one(mails.write_updates, session, claim_of(row.id))
    assert mail is not None and "기사" not in mail.subject + mail.text + mail.html
    if name == "assignee":  # another one is no news
        row.assignee = "최기사"
        session.flush()
        assert _one(mails.write_updates, session, claim_of(row.id)) is None


def test_without_operators_no_notice(session: Session) -> None:
    assert write_notices(session, [claim_of(RequestFactory().id)]) == {}
    assert _count(session, Mail) == 0


@pytest.mark.parametrize(
    ("end", "state", "event"),
    [
        (StepState.DONE, MailState.SENT, "receipt_sent"),
        (StepState.DEAD, MailState.REFUSED, "receipt_refused"),
        (StepState.UNKNOWN, MailState.UNKNOWN, "receipt_unknown"),
    ],
)
def test_the_result_of_sending_is_recorded(
    session: Session, end: StepState, state: MailState, event: str
) -> None:
    row: MaintenanceRequest = RequestFactory()
    claim = claim_of(row.id)
    written = mails.write_receipts(session, [claim])[claim.run_id]
    record_sending(session, [written.id], end)
    mail = session.get_one(Mail, written.id)
    assert mail.state == state
    assert (mail.sent_at is not None) == (state is MailState.SENT)
    entry = session.scalars(select(TimelineEntry)).one()
    assert (entry.request_id, entry.event) == (row.id, event)


def test_a_mail_that_was_sent_is_not_taken_from_the_queue_again(session: Session) -> None:
    waiting, sent = MailFactory(), MailFactory(state=MailState.SENT)
    claims = [claim_of(subject_id) for subject_id in (sent.id, waiting.id, 10**9)]
    taken = take_queued(session, claims)
    assert {run_id: one.id for run_id, one in taken.items()} == {claims[1].run_id: waiting.id}


def test_a_report_goes_to_each_reader_with_its_chart(
    session: Session, settings_with: Callable[..., Settings]
) -> None:
    settings_with(REPORT_RECIPIENTS="a@example.org,b@example.org")
    RequestFactory.create_batch(2, completed=True)
    day = datetime.now(UTC).date()
    report = reports.order_report(session, ReportKind.DAILY, first_day=day, last_day=day)
    # Who orders it says to whom it goes; the worker's own environment does not.
    settings_with(REPORT_RECIPIENTS="c@example.org")
    numbers = reports.count_days(session, report.id)
    assert numbers["received"] == 2 and numbers["by_category"] == {"plumbing": 2}
    assert numbers["by_day"] == {str(report.first_day): 2}
    reports.record_report(session, report.id, numbers=numbers, chart=b"\x89PNG")
    reports.queue_report_mails(session, [claim_of(report.id)])
    written = session.scalars(select(Mail).order_by(Mail.recipient)).all()
    assert [mail.recipient for mail in written] == ["a@example.org", "b@example.org"]
    claim = claim_of(written[0].id)
    outgoing = take_queued(session, [claim])[claim.run_id].outgoing
    (attachment,) = outgoing.attachments
    assert (attachment.content, attachment.content_type) == (b"\x89PNG", "image/png")
    assert f"cid:{attachment.content_id}" in outgoing.html
