"""Messages: rendered and stored once by the step that sends them, with the result of the sending."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Row, exists, select, text
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.arrays import as_array, as_rows
from models.ledger.events import record_event, record_events
from models.ledger.run import Step, StepState
from models.ledger.steps import Claim
from models.mail import Mail, MailState
from models.mail_templates import requests as templates
from models.mail_templates.frame import RenderedMail
from models.mail_templates.reports import CHART
from models.mail_templates.requests import MailContext
from models.ports import Attachment, OutgoingMail
from models.report import Report
from models.services.links import status_url

_STATES = {
    StepState.DONE: MailState.SENT,
    StepState.DEAD: MailState.REFUSED,
    StepState.UNKNOWN: MailState.UNKNOWN,
}

_SELECT = f"""
    SELECT {", ".join(MailContext._fields)} FROM maintenance_requests
    WHERE id = ANY(CAST(:ids AS bigint[]))
"""
_READ, _LOCK = text(_SELECT), text(f"{_SELECT} FOR UPDATE")

# One statement for a whole batch each: the mail worker has the most work of all.
_INSERT = text("""
    INSERT INTO mails (kind, run_id, position, request_id, message_id, recipient, subject, text,
        html, state)
    SELECT *, 'queued' FROM json_to_recordset(CAST(:drafts AS json)) AS draft (
        kind text, run_id bigint, position smallint, request_id bigint, message_id text,
        recipient text, subject text, text text, html text)
    ON CONFLICT (run_id, position, recipient) DO NOTHING
    RETURNING id, message_id
""")
_FIND = text("""
    SELECT id, run_id, message_id, recipient, subject, text, html, report_id FROM mails
    WHERE run_id = ANY(CAST(:run_ids AS bigint[])) AND position = :position
""")
_TAKE_QUEUED = text("""
    UPDATE mails m SET run_id = c.run_id, position = c.position
    FROM unnest(CAST(:ids AS bigint[]), CAST(:run_ids AS bigint[]),
                CAST(:positions AS smallint[])) AS c (id, run_id, position)
    WHERE m.id = c.id AND m.state = 'queued'
    RETURNING m.id, m.run_id, m.message_id, m.recipient, m.subject, m.text, m.html, m.report_id
""")
_RECORD = text("""
    WITH ended AS (
        UPDATE mails SET state = :state,
            sent_at = CASE WHEN :state = 'sent' THEN clock_timestamp() END
        WHERE id = ANY(CAST(:ids AS bigint[])) RETURNING id, request_id, kind
    )
    INSERT INTO timeline_entries (request_id, event, actor, data)
    SELECT request_id, kind || '_' || :state, '', '{}' FROM ended
    WHERE request_id IS NOT NULL ORDER BY id
""")


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A row of ``mails``, and the message for the mail port."""

    id: int
    outgoing: OutgoingMail


class _NewMail(NamedTuple):
    """A row of ``mails`` that is not inserted yet; one statement inserts many of them."""

    kind: str
    run_id: int | None
    position: int | None
    request_id: int
    message_id: str
    recipient: str
    subject: str
    text: str
    html: str

    def outgoing(self) -> OutgoingMail:
        return OutgoingMail(self.message_id, self.recipient, self.subject, self.text, self.html)


def write_receipts(session: Session, claims: Sequence[Claim]) -> dict[int, StoredMail]:
    """The receipts of the claims' requests by run; none for requests without an e-mail address."""
    written = _find_written(session, claims)
    missing = {c.run_id: c for c in claims if c.run_id not in written}
    requests = _read_requests(session, missing.values())
    drafts = [
        _draft("receipt", request, request.contact_email, run_id, claim.position)
        for run_id, claim in missing.items()
        if (request := requests.get(claim.subject_id)) and request.contact_email
    ]
    return written | _store(session, drafts)


def write_updates(session: Session, claims: Sequence[Claim]) -> dict[int, StoredMail]:
    """The updates of the claims' requests by run; none for requests without an e-mail address, or
    whose newest update says the same.

    If a request changed several times before the mail was sent, one message has the present status.
    So the requests are locked and processed one after another.
    """
    written = _find_written(session, claims)
    for claim in sorted(claims, key=lambda claim: claim.subject_id):
        if claim.run_id in written:
            continue
        request = _read_requests(session, [claim], lock=True).get(claim.subject_id)
        if request is None or not request.contact_email:
            continue
        draft = _draft("update", request, request.contact_email, claim.run_id, claim.position)
        if not _says_the_same(session, draft):
            written |= _store(session, [draft])
    return written


def take_queued(session: Session, claims: Sequence[Claim]) -> dict[int, StoredMail]:
    """The messages that the claims are about, by run; without those that were sent, refused or
    unknown already."""
    taken = session.execute(
        _TAKE_QUEUED,
        {
            "ids": as_array(claim.subject_id for claim in claims),
            "run_ids": as_array(claim.run_id for claim in claims),
            "positions": as_array(claim.position for claim in claims),
        },
    )
    return _as_written(session, taken.all())


def write_notices(session: Session, claims: Sequence[Claim]) -> dict[int, StoredMail]:
    """The notices of the claims' requests by run, to the first of the operators' addresses.

    Each notice to a further address gets its own run, so that a full mailbox neither delays the
    other messages nor makes them be sent twice.
    """
    first, *others = get_settings().operator_addresses or ("",)
    if not first:
        return {}
    written = _find_written(session, claims)
    missing = {c.run_id: c for c in claims if c.run_id not in written}
    requests = _read_requests(session, missing.values())
    known = {c: requests[c.subject_id] for c in missing.values() if c.subject_id in requests}
    own = {
        _draft("notice", request, first, claim.run_id, claim.position): claim
        for claim, request in known.items()
    }
    stored = _insert(session, list(own))
    # Only the runner that inserts the step's own notice queues the notices to further addresses.
    inserted = [claim for draft, claim in own.items() if draft.message_id in stored]
    _queue_notices(session, {claim: known[claim] for claim in inserted}, others)
    return written | _as_stored(session, list(own), stored)


def _queue_notices(
    session: Session, requests: Mapping[Claim, MailContext], addresses: Sequence[str]
) -> None:
    calls = {
        _draft("notice", request, address): claim.request_id
        for claim, request in requests.items()
        for address in addresses
    }
    if calls:
        stored = _insert(session, list(calls))
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


def _draft(
    kind: str,
    request: MailContext,
    recipient: str,
    run_id: int | None = None,
    position: int | None = None,
) -> _NewMail:
    settings = get_settings()
    if kind == "notice":
        mail = templates.write_notice(request, f"{settings.base_url}/desk/requests/{request.id}")
    else:
        write = templates.write_receipt if kind == "receipt" else templates.write_update
        mail = write(request, status_url(settings, request.reference))
    return _NewMail(
        kind,
        run_id,
        position,
        request.id,
        _new_message_id(),
        recipient,
        mail.subject,
        mail.text,
        mail.html,
    )


# Written by a runner that lost its step, which then ended without sending this message.
_NEVER_SENT = (Mail.state == MailState.QUEUED) & exists().where(
    Step.run_id == Mail.run_id, Step.position == Mail.position, Step.done_at.is_not(None)
)


def _says_the_same(session: Session, draft: _NewMail) -> bool:
    """Whether the newest message of this kind, written by another step, has the same subject. A
    message of the same step does not count: another runner may just have written it."""
    newest = session.execute(
        select(Mail.subject, Mail.run_id, Mail.position)
        .where(Mail.request_id == draft.request_id, Mail.kind == draft.kind, ~_NEVER_SENT)
        .order_by(Mail.id.desc())
        .limit(1)
    ).first()
    if newest is None or (newest.run_id, newest.position) == (draft.run_id, draft.position):
        return False
    return bool(newest.subject == draft.subject)


def _store(session: Session, drafts: Sequence[_NewMail]) -> dict[int, StoredMail]:
    """Store the messages. If another runner of the same step was faster, its message is used."""
    return _as_stored(session, drafts, _insert(session, drafts))


def _as_stored(
    session: Session, drafts: Sequence[_NewMail], stored: Mapping[str, int]
) -> dict[int, StoredMail]:
    runs = {draft.run_id: draft for draft in drafts if draft.run_id is not None}
    if len(stored) < len(drafts):
        return _find(session, runs, drafts[0].position)
    return {
        run_id: StoredMail(stored[draft.message_id], draft.outgoing())
        for run_id, draft in runs.items()
    }


def _insert(session: Session, drafts: Sequence[_NewMail]) -> dict[str, int]:
    """The ids of the messages that were inserted, by their Message-IDs."""
    if not drafts:
        return {}
    values = {"drafts": as_rows(one._asdict() for one in drafts)}
    return {row.message_id: row.id for row in session.execute(_INSERT, values)}


def _find_written(session: Session, claims: Sequence[Claim]) -> dict[int, StoredMail]:
    """The messages that earlier tries of the claims' steps have stored, by run."""
    return _find(session, [claim.run_id for claim in claims], claims[0].position)


def _find(session: Session, run_ids: Iterable[int], position: int | None) -> dict[int, StoredMail]:
    values = {"run_ids": as_array(run_ids), "position": position}
    return _as_written(session, session.execute(_FIND, values).all())


def _as_written(session: Session, rows: Sequence[Row[Any]]) -> dict[int, StoredMail]:
    return {
        row.run_id: StoredMail(
            row.id,
            OutgoingMail(
                message_id=row.message_id,
                recipient=row.recipient,
                subject=row.subject,
                text=row.text,
                html=row.html,
                attachments=_attachments(session, row.report_id),
            ),
        )
        for row in rows
    }


def report_mail(report: Report, address: str, mail: RenderedMail) -> Mail:
    """An unsaved message with a report."""
    return Mail(
        kind="report",
        report_id=report.id,
        message_id=_new_message_id(),
        recipient=address,
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
    return f"<{secrets.token_hex(12)}@{_domain_of(get_settings().mail_default_sender)}>"


@lru_cache(maxsize=4)
def _domain_of(sender: str) -> str:
    return parseaddr(sender)[1].partition("@")[2] or "localhost"


def _attachments(session: Session, report_id: int | None) -> tuple[Attachment, ...]:
    report = session.get(Report, report_id) if report_id else None
    if report is None or report.chart is None:
        return ()
    return (Attachment(f"{CHART}.png", "image/png", report.chart, content_id=CHART),)


def record_sending(session: Session, mail_ids: Sequence[int], state: StepState) -> None:
    """Record the result of sending, in the transaction that ends the messages' steps."""
    if mail_ids:
        session.execute(_RECORD, {"ids": as_array(sorted(mail_ids)), "state": _STATES[state]})
