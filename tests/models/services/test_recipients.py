"""Requesters' addresses: none gets many mails within the hour, and a stranger none with the words of
whoever typed the address."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.settings import Settings
from models.ledger.run import StepState
from models.mail import Mail, MailState
from models.services import mails
from models.services.mail_store import record_sending
from models.services.notices import write_notices
from models.services.recipients import recipient_key
from models.timeline_entry import TimelineEntry
from models.words import Status
from tasks.steps.mail_delivery import Write
from tests.crowd import at_once
from tests.factories import MailFactory, RequestFactory, using
from tests.models.services.test_mails import claim_of

VICTIM = "victim@example.org"
ENDS = {MailState.SENT: StepState.DONE, MailState.REFUSED: StepState.DEAD}
WORDS = "싸게 삽니다 https://evil.example"


def _request(**given: object) -> int:
    return int(RequestFactory(contact_email=VICTIM, description=WORDS, location=WORDS, **given).id)


def test_forty_reports_with_somebody_s_address_are_ten_mails_and_thirty_said(
    session: Session, settings_with: Callable[..., Settings]
) -> None:
    settings_with(OPERATORS_EMAIL="op@example.org", MAIL_RECIPIENT_LIMIT="10")
    claims = [claim_of(_request()) for _ in range(40)]
    sent = mails.write_receipts(session, claims)
    assert len(sent) == 10
    assert mails.write_receipts(session, claims) == sent  # tried again, nothing is counted again
    held = session.scalars(select(TimelineEntry.event)).all()
    assert held == ["receipt_held"] * 30
    assert mails.write_updates(session, [claim_of(claims[0].subject_id)]) == {}
    # The house hears of every one.
    notices = [claim_of(claim.subject_id) for claim in claims]
    assert len(write_notices(session, notices)) == 40


def test_after_an_hour_there_is_room_again(
    session: Session, settings_with: Callable[..., Settings]
) -> None:
    settings_with(MAIL_RECIPIENT_LIMIT="1")
    key = recipient_key(VICTIM)
    for minutes, expected in ((59, 0), (61, 1)):
        session.execute(text("DELETE FROM mails"))
        at = datetime.now(UTC) - timedelta(minutes=minutes)
        MailFactory(kind="receipt", recipient_key=key, recipient=VICTIM, created_at=at)
        assert len(mails.write_receipts(session, [claim_of(_request())])) == expected


@pytest.mark.parametrize(
    "spelling", ["VICTIM@example.org", "victim+1@example.org", "Victim+a+b@EXAMPLE.ORG"]
)
def test_a_mailbox_has_many_spellings(spelling: str) -> None:
    assert recipient_key(spelling) == recipient_key(VICTIM)
    assert recipient_key("a.b+c@gmail.com") == recipient_key("ab@googlemail.com")
    assert recipient_key("a.b@example.org") != recipient_key("ab@example.org")
    assert recipient_key("+@example.org") != recipient_key("@example.org")


@pytest.mark.parametrize("write", [mails.write_receipts, mails.write_updates])
def test_workers_at_once_send_no_more_than_one_would(
    committed: Callable[[], Session], settings_with: Callable[..., Settings], write: Write
) -> None:
    settings_with(MAIL_RECIPIENT_LIMIT="3")
    with committed() as session, session.begin(), using(session):
        # Each worker has both addresses, in another order.
        claims = [
            [claim_of(RequestFactory(contact_email=address).id) for address in order]
            for order in [(VICTIM, "b@example.org"), ("b@example.org", VICTIM)] * 5
        ]

    def work(number: int) -> int:
        with committed() as session, session.begin():
            return len(write(session, claims[number]))

    assert sum(at_once(10, work)) == 6


@pytest.mark.parametrize("write", [mails.write_receipts, mails.write_updates])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_stranger_gets_no_words_of_whoever_typed_the_address(
    session: Session, write: Write, language: str
) -> None:
    claim = claim_of(_request(language=language))
    (mail,) = write(session, [claim]).values()
    sent = mail.outgoing
    assert "evil" not in sent.subject + sent.text + sent.html
    assert ("무시" if language == "ko" else "ignore") in sent.text


@pytest.mark.parametrize(
    ("status", "kind", "state", "known"),
    [
        (Status.IN_PROGRESS, "update", MailState.SENT, True),
        (Status.COMPLETED, "update", MailState.SENT, True),
        # Spam that was answered with a cancellation, news that never came, receipts alone.
        (Status.CANCELLED, "update", MailState.SENT, False),
        (Status.IN_PROGRESS, "update", MailState.REFUSED, False),
        (Status.IN_PROGRESS, "receipt", MailState.SENT, False),
    ],
)
def test_who_was_told_that_a_request_was_taken_up_is_known(
    session: Session, status: Status, kind: str, state: MailState, known: bool
) -> None:
    earlier = _request(status=status)
    MailFactory(
        introduction=True, recipient=VICTIM, request_id=earlier, kind=kind, state=MailState.QUEUED
    )
    stored = session.scalars(select(Mail)).one()
    record_sending(session, [stored.id], ENDS[state])
    (mail,) = mails.write_receipts(session, [claim_of(_request())]).values()
    assert (WORDS in mail.outgoing.text) == known
