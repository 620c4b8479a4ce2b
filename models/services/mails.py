"""Messages: rendered and stored once by the step that sends them."""

import secrets
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.arrays import as_array
from models.ledger.events import record_event, record_events
from models.ledger.run import Step
from models.ledger.steps import Claim
from models.mail import Mail, MailState
from models.mail_templates import requests as templates
from models.mail_templates.frame import RenderedMail
from models.mail_templates.requests import MailContext
from models.report import Report
from models.services.links import status_url
from models.services.mail_store import (
    NewMail,
    StoredMail,
    find_written,
    hold_back,
    insert_mails,
    store_mails,
    stored_mails,
)
from models.services.recipients import Recipients, recipient_key

_SELECT = f"""
    SELECT {", ".join(MailContext._fields)} FROM maintenance_requests
    WHERE id = ANY(CAST(:ids AS bigint[]))
"""
_READ, _LOCK = text(_SELECT), text(f"{_SELECT} FOR UPDATE")


def write_receipts(session: Session, claims: Sequence[Claim]) -> dict[int, StoredMail]:
    """The receipts of the claims' requests by run; none for requests without an e-mail address, and
    none to send where the address has had too many."""
    written, missing = find_written(session, claims)
    requests = _read_requests(session, missing.values())
    recipients = Recipients(session, (request.contact_email for request in requests.values()))
    drafts = [
        _receipt(request, claim, recipients)
        for claim in missing.values()
        if (request := requests.get(claim.subject_id)) and request.contact_email
    ]
    return written | _store(session, drafts, recipients)


def write_updates(session: Session, claims: Sequence[Claim]) -> dict[int, StoredMail]:
    """The updates of the claims' requests by run; none for requests without an e-mail address, or
    whose newest update says the same, and none to send where the address has had too many.

    If a request changed several times before the mail was sent, one message has its present state.
    So the requests are locked and processed one after another.
    """
    written, missing = find_written(session, claims)
    # Addresses do not change, and are locked before the requests: always in this order.
    requests = _read_requests(session, missing.values())
    recipients = Recipients(session, (request.contact_email for request in requests.values()))
    for claim in sorted(missing.values(), key=lambda claim: claim.subject_id):
        request = _read_requests(session, [claim], lock=True).get(claim.subject_id)
        if request is None or not request.contact_email:
            continue
        draft = _update(request, claim, recipients)
        if not _says_the_same(session, draft):
            written |= _store(session, [draft], recipients)
    return written


def write_notices(session: Session, claims: Sequence[Claim]) -> dict[int, StoredMail]:
    """The notices of the claims' requests by run, to the first of the operators' addresses.

    Each notice to a further address gets its own run, so that a full mailbox neither delays the
    other messages nor makes them be sent twice. Nothing holds a notice back.
    """
    addresses = [str(mailbox) for mailbox in get_settings().operator_mailboxes]
    if not addresses:
        return {}
    first, *others = addresses
    written, missing = find_written(session, claims)
    requests = _read_requests(session, missing.values())
    known = {c: requests[c.subject_id] for c in missing.values() if c.subject_id in requests}
    own = {_notice(request, first, claim): claim for claim, request in known.items()}
    stored = insert_mails(session, list(own))
    # Only the runner that inserts the step's own notice queues the notices to further addresses.
    inserted = [claim for draft, claim in own.items() if draft.message_id in stored]
    _queue_notices(session, {claim: known[claim] for claim in inserted}, others)
    return written | stored_mails(session, list(own), stored)


def _queue_notices(
    session: Session, requests: Mapping[Claim, MailContext], addresses: Sequence[str]
) -> None:
    calls = {
        _notice(request, address): claim.request_id
        for claim, request in requests.items()
        for address in addresses
    }
    if calls:
        stored = insert_mails(session, list(calls))
        ids = [stored[draft.message_id] for draft in calls]
        record_events(session, "mail_queued", ids, request_ids=list(calls.values()))


def queue_mails(session: Session, mails: Iterable[Mail], *, call_id: str = "") -> None:
    """Store messages, each with its own run that will send it."""
    for mail in mails:
        session.add(mail)
        session.flush()
        record_event(session, "mail_queued", subject_id=mail.id, request_id=call_id)


def _read_requests(
    session: Session, claims: Iterable[Claim], *, lock: bool = False
) -> dict[int, MailContext]:
    """The claims' requests for the templates, by id; without those that were deleted."""
    ids = as_array({claim.subject_id for claim in claims})
    rows = session.execute(_LOCK if lock else _READ, {"ids": ids})
    return {row.id: MailContext(*row) for row in rows}


def _receipt(request: MailContext, claim: Claim, recipients: Recipients) -> NewMail:
    link = status_url(get_settings(), request.reference)
    known = recipients.is_known(request.contact_email)
    return _to_requester(
        "receipt", request, claim, templates.write_receipt(request, link, known=known)
    )


def _update(request: MailContext, claim: Claim, recipients: Recipients) -> NewMail:
    link = status_url(get_settings(), request.reference)
    known = recipients.is_known(request.contact_email)
    return _to_requester(
        "update", request, claim, templates.write_update(request, link, known=known)
    )


def _to_requester(kind: str, request: MailContext, claim: Claim, mail: RenderedMail) -> NewMail:
    return NewMail(
        kind,
        claim.run_id,
        claim.position,
        request.id,
        _new_message_id(),
        request.contact_email,
        recipient_key(request.contact_email),
        "",
        mail.subject,
        mail.text,
        mail.html,
    )


def _notice(request: MailContext, recipient: str, claim: Claim | None = None) -> NewMail:
    """An answer to it goes to the requester."""
    link = f"{get_settings().base_url}/desk/requests/{request.id}"
    mail = templates.write_notice(request, link)
    return NewMail(
        "notice",
        claim.run_id if claim else None,
        claim.position if claim else None,
        request.id,
        _new_message_id(),
        recipient,
        "",
        request.contact_email,
        mail.subject,
        mail.text,
        mail.html,
    )


# Written by a runner that lost its step, which then ended without sending this message.
_NEVER_SENT = (Mail.state == MailState.QUEUED) & exists().where(
    Step.run_id == Mail.run_id, Step.position == Mail.position, Step.done_at.is_not(None)
)


def _says_the_same(session: Session, draft: NewMail) -> bool:
    """Whether the newest message of this kind, written by another step, has the same subject, which
    has all the news. A message of the same step does not count: another runner may just have
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
    return bool(newest.subject == draft.subject)


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
        message_id=_new_message_id(),
        recipient=recipient,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
    )


def account_mail(kind: str, address: str, mail: RenderedMail) -> Mail:
    """An unsaved message about an account."""
    return Mail(
        kind=kind,
        message_id=_new_message_id(),
        recipient=address,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
    )


def _new_message_id() -> str:
    domain = get_settings().sender.address.rpartition("@")[2]
    return f"<{secrets.token_hex(12)}@{domain}>"
