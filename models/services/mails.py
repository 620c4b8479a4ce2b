"""Messages: written once by the step that sends them, and what became of each."""

import secrets
from collections.abc import Iterable, Sequence
from email.utils import parseaddr

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.base import now
from models.letters import requests as letters
from models.letters.letter import Letter
from models.letters.reports import CHART
from models.mail import Mail, MailState
from models.maintenance_request import MaintenanceRequest
from models.ports import Attachment, OutgoingMail
from models.report import Report
from models.run import StepState
from models.services.events import record_event
from models.services.ledger import Claim
from models.services.links import status_url
from models.timeline_entry import TimelineEntry

_STATES = {
    StepState.DONE: MailState.SENT,
    StepState.DEAD: MailState.REFUSED,
    StepState.UNKNOWN: MailState.UNKNOWN,
}


def write_receipt(session: Session, claim: Claim) -> Mail | None:
    """The receipt of the claim's request, or None if there is no address to send it to."""
    return _write_to_requester(session, claim, "receipt")


def write_update(session: Session, claim: Claim) -> Mail | None:
    """The update of the claim's request, or None if there is no address to send it to."""
    return _write_to_requester(session, claim, "update")


def get_queued(session: Session, claim: Claim) -> Mail | None:
    """The message that the claim is about, unless it was sent or given up already."""
    mail = session.get(Mail, claim.subject_id)
    if mail is None or mail.state != MailState.QUEUED:
        return None
    mail.run_id, mail.position = claim.run_id, claim.position
    return mail


def _write_to_requester(session: Session, claim: Claim, kind: str) -> Mail | None:
    written = session.scalar(
        select(Mail).where(Mail.run_id == claim.run_id, Mail.position == claim.position)
    )
    if written is not None:
        return written
    request = session.get(MaintenanceRequest, claim.subject_id, with_for_update=True)
    if request is None or not request.contact_email:
        return None
    link = status_url(get_settings(), request.reference)
    write = letters.write_receipt if kind == "receipt" else letters.write_update
    letter = write(request, link)
    if kind == "update" and _is_old_news(session, request.id, letter):
        return None
    mail = _mail(kind, request.contact_email, letter, request_id=request.id)
    mail.run_id, mail.position = claim.run_id, claim.position
    session.add(mail)
    session.flush()
    return mail


def _is_old_news(session: Session, request_id: int, letter: Letter) -> bool:
    """Whether the newest update said the same: of several changes in a row that were faster than
    the mail, one letter tells how the request stands."""
    newest = session.scalar(
        select(Mail.subject)
        .where(Mail.request_id == request_id, Mail.kind == "update")
        .order_by(Mail.id.desc())
        .limit(1)
    )
    return newest == letter.subject


def queue_notices(session: Session, claims: Sequence[Claim]) -> None:
    """One message to each operator's address about each new request."""
    settings = get_settings()
    for claim in claims if settings.operator_addresses else ():
        request = session.get(MaintenanceRequest, claim.subject_id)
        if request is None:
            continue
        link = f"{settings.base_url}/desk/requests/{request.id}"
        letter = letters.write_notice(request, link)
        queue_mails(
            session,
            (
                _mail("notice", address, letter, request_id=request.id)
                for address in settings.operator_addresses
            ),
            call_id=claim.request_id,
        )


def queue_mails(session: Session, mails: Iterable[Mail], *, call_id: str = "") -> None:
    """Store messages, each with a run of its own that will send it."""
    for mail in mails:
        session.add(mail)
        session.flush()
        record_event(session, "mail_queued", subject_id=mail.id, request_id=call_id)


def report_mail(report: Report, address: str, letter: Letter) -> Mail:
    """An unsaved message that carries a report."""
    return _mail("report", address, letter, report_id=report.id)


def _mail(
    kind: str,
    recipient: str,
    letter: Letter,
    *,
    request_id: int | None = None,
    report_id: int | None = None,
) -> Mail:
    domain = parseaddr(get_settings().mail_default_sender)[1].partition("@")[2] or "localhost"
    return Mail(
        kind=kind,
        request_id=request_id,
        report_id=report_id,
        message_id=f"<{secrets.token_hex(12)}@{domain}>",
        recipient=recipient,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
    )


def as_outgoing(session: Session, mail: Mail) -> OutgoingMail:
    """The stored message as the mail port takes it."""
    return OutgoingMail(
        message_id=mail.message_id,
        recipient=mail.recipient,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        attachments=_attachments(session, mail),
    )


def _attachments(session: Session, mail: Mail) -> tuple[Attachment, ...]:
    report = session.get(Report, mail.report_id) if mail.report_id else None
    if report is None or report.chart is None:
        return ()
    return (Attachment(f"{CHART}.png", "image/png", report.chart, content_id=CHART),)


def record_sending(session: Session, mail_id: int, state: StepState) -> None:
    """What became of a message, together with the end of its step."""
    mail = session.get(Mail, mail_id)
    if mail is None:
        return
    mail.state = _STATES[state]
    if state is StepState.DONE:
        mail.sent_at = now()
    if mail.request_id is not None:
        event = f"{mail.kind}_{mail.state}"
        session.add(TimelineEntry(request_id=mail.request_id, event=event))
