"""Messages: rendered and stored once by the step that sends them."""

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.arrays import as_array
from models.ledger.events import record_event
from models.ledger.run import Step
from models.ledger.steps import Claim
from models.mail import Mail, MailState
from models.mail_templates import requests as templates
from models.mail_templates.frame import RenderedMail
from models.mail_templates.requests import MailContext, Reply
from models.maintenance_request import MaintenanceRequest
from models.report import Report
from models.services.links import status_url
from models.services.mail_store import (
    NewMail,
    StoredMail,
    find_written,
    hold_back,
    new_message_id,
    store_mails,
)
from models.services.recipients import Recipients, recipient_key
from models.timeline_entry import QUESTION, REPLY, WORDS, TimelineEntry
from models.words import Status

_SELECT = f"""
    SELECT {", ".join(MailContext._fields)} FROM maintenance_requests
    WHERE id = ANY(CAST(:ids AS bigint[]))
"""
_READ, _LOCK = text(_SELECT), text(f"{_SELECT} FOR UPDATE")


def write_receipts(session: Session, claims: Sequence[Claim]) -> dict[int, StoredMail]:
    """The receipts of the claims' requests by run; none for requests without an e-mail address, and
    none to send where the address has had too many."""
    return _write_all(session, claims, "receipt", templates.write_receipt)


def write_links(session: Session, claims: Sequence[Claim]) -> dict[int, StoredMail]:
    """The mails with the link of the claims' requests, as it is now, by run; none where there is no
    receipt either."""
    return _write_all(session, claims, "link", templates.write_link)


def _write_all(
    session: Session, claims: Sequence[Claim], kind: str, render: Callable[..., RenderedMail]
) -> dict[int, StoredMail]:
    """``render`` takes the request, its link, and whether the address is known."""
    written, missing = find_written(session, claims)
    requests = read_requests(session, missing.values())
    recipients = Recipients(session, (request.contact_email for request in requests.values()))
    drafts = [
        _to_requester(kind, request, claim, _render(render, request, recipients))
        for claim in missing.values()
        if (request := requests.get(claim.subject_id)) and request.contact_email
    ]
    return written | _store(session, drafts, recipients)


def write_updates(session: Session, claims: Sequence[Claim]) -> dict[int, StoredMail]:
    """The updates of the claims' requests by run, with what operators have written since the last
    one; none for requests without an e-mail address, or whose newest update says the same, and none
    to send where the address has had too many.

    If a request changed several times before the mail was sent, one message has its present state.
    So the requests are locked and processed one after another.
    """
    written, missing = find_written(session, claims)
    # Addresses are locked before the requests: always in this order. Whoever corrects one meanwhile
    # corrects it for later mails.
    requests = read_requests(session, missing.values())
    recipients = Recipients(session, (request.contact_email for request in requests.values()))
    for claim in sorted(missing.values(), key=lambda claim: claim.subject_id):
        address = requests[claim.subject_id].contact_email if claim.subject_id in requests else ""
        locked = read_requests(session, [claim], lock=True).get(claim.subject_id)
        if locked is None or not address:
            continue
        request = locked._replace(contact_email=address)
        replies = _untold_replies(session, request.id)
        draft = _update(request, claim, recipients, replies)
        if replies or not _says_the_same(session, draft, templates.update_subjects(request)):
            written |= _store(session, [draft], recipients)
    return written


def queue_mails(session: Session, mails: Iterable[Mail], *, call_id: str = "") -> None:
    """Store messages, each with its own run that will send it."""
    for mail in mails:
        session.add(mail)
        session.flush()
        record_event(session, "mail_queued", subject_id=mail.id, request_id=call_id)


def read_requests(
    session: Session, claims: Iterable[Claim], *, lock: bool = False
) -> dict[int, MailContext]:
    """The claims' requests for the templates, by id; without those that were deleted."""
    ids = as_array({claim.subject_id for claim in claims})
    rows = session.execute(_LOCK if lock else _READ, {"ids": ids})
    return {row.id: MailContext(*row) for row in rows}


def _update(
    request: MailContext, claim: Claim, recipients: Recipients, replies: Sequence[Reply]
) -> NewMail:
    mail = _render_update(request, recipients, replies)
    told = replies[-1].id if replies else None
    return _to_requester("update", request, claim, mail)._replace(told_entry=told)


def _render_update(
    request: MailContext, recipients: Recipients, replies: Sequence[Reply]
) -> RenderedMail:
    return _render(templates.write_update, request, recipients, replies)


def _render(
    render: Callable[..., RenderedMail],
    request: MailContext,
    recipients: Recipients,
    *more: Sequence[Reply],
) -> RenderedMail:
    link = status_url(get_settings(), request.reference, request.link_version)
    return render(request, link, *more, known=recipients.is_known(request.contact_email))


def preview_reply(
    session: Session, request: MaintenanceRequest, words: str, *, question: bool
) -> RenderedMail | None:
    """The mail that the reply becomes if it is sent now, with what has not been told yet; None for
    a request without an e-mail address. The caller ends the transaction soon: nobody else may write
    to the address until then."""
    if not request.contact_email:
        return None
    context = MailContext(*(getattr(request, name) for name in MailContext._fields))
    if question:
        context = context._replace(status=Status.ON_HOLD)
    recipients = Recipients(session, [request.contact_email])
    replies = [*_untold_replies(session, request.id), Reply(0, words, question)]
    return _render_update(context, recipients, replies)


def _to_requester(kind: str, request: MailContext, claim: Claim, mail: RenderedMail) -> NewMail:
    return NewMail(
        kind,
        claim.run_id,
        claim.position,
        request.id,
        new_message_id(),
        request.contact_email,
        recipient_key(request.contact_email),
        "",
        mail.subject,
        mail.text,
        mail.html,
    )


# Written by a runner that lost its step, which then ended without sending this message.
_NEVER_SENT = (Mail.state == MailState.QUEUED) & exists().where(
    Step.run_id == Mail.run_id, Step.position == Mail.position, Step.done_at.is_not(None)
)


def _untold_replies(session: Session, request_id: int) -> list[Reply]:
    """What operators wrote to the requester that no update has, in order. The request is locked: so
    its entries have ids in their order, and no two updates have the same words."""
    told = select(func.coalesce(func.max(Mail.told_entry), 0)).where(
        Mail.request_id == request_id,
        Mail.kind == "update",
        Mail.state != MailState.HELD,
        ~_NEVER_SENT,
    )
    found = session.execute(
        select(TimelineEntry.id, TimelineEntry.event, TimelineEntry.data[WORDS].astext)
        .where(
            TimelineEntry.request_id == request_id,
            TimelineEntry.event.in_((REPLY, QUESTION)),
            TimelineEntry.id > told.scalar_subquery(),
        )
        .order_by(TimelineEntry.id)
    )
    return [Reply(entry_id, words, event == QUESTION) for entry_id, event, words in found]


def _says_the_same(session: Session, draft: NewMail, subjects: Sequence[str]) -> bool:
    """Whether the newest message of this kind, written by another step, has one of the subjects,
    which have all the news. A message of the same step does not count: another runner may just have
    written it."""
    newest = session.execute(
        select(Mail.subject, Mail.run_id, Mail.position)
        .where(
            Mail.request_id == draft.request_id,
            Mail.kind == draft.kind,
            Mail.state != MailState.HELD,
            ~_NEVER_SENT,
        )
        .order_by(Mail.id.desc())
        .limit(1)
    ).first()
    if newest is None or (newest.run_id, newest.position) == (draft.run_id, draft.position):
        return False
    return newest.subject in subjects


def _store(
    session: Session, drafts: Sequence[NewMail], recipients: Recipients
) -> dict[int, StoredMail]:
    """Store the messages; returns those that may be sent. What is held back is stored too, and the
    timeline says so."""
    stored = store_mails(session, drafts)
    mine = {draft.message_id: draft for draft in drafts}
    held = {
        run_id: mail
        for run_id, mail in stored.items()
        if mail.outgoing.message_id in mine and not recipients.take_turn(mail.outgoing.recipient)
    }
    hold_back(session, [mail.id for mail in held.values()])
    return {run_id: mail for run_id, mail in stored.items() if run_id not in held}


def report_mail(report: Report, recipient: str, mail: RenderedMail) -> Mail:
    """An unsaved message with a report."""
    return Mail(
        kind="report",
        report_id=report.id,
        message_id=new_message_id(),
        recipient=recipient,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
    )


def account_mail(kind: str, address: str, mail: RenderedMail) -> Mail:
    """An unsaved message about an account."""
    return Mail(
        kind=kind,
        message_id=new_message_id(),
        recipient=address,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
    )
