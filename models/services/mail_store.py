"""Rows of ``mails``: inserted by many at once, found again by their step, ended with a result."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.arrays import as_array, as_rows
from models.ledger.run import StepState
from models.ledger.steps import Claim
from models.mail import MailState
from models.mail_templates.reports import CHART
from models.ports import Attachment, OutgoingMail
from models.report import Report

_STATES = {
    StepState.DONE: MailState.SENT,
    StepState.DEAD: MailState.REFUSED,
    StepState.UNKNOWN: MailState.UNKNOWN,
}

# One statement for a whole batch each: the mail worker has the most work of all.
_INSERT = text("""
    INSERT INTO mails (kind, run_id, position, request_id, message_id, recipient, recipient_key,
        reply_to, subject, text, html, told_entry, state)
    SELECT *, 'queued' FROM json_to_recordset(CAST(:drafts AS json)) AS draft (
        kind text, run_id bigint, position smallint, request_id bigint, message_id text,
        recipient text, recipient_key text, reply_to text, subject text, text text, html text,
        told_entry bigint)
    ON CONFLICT (run_id, position, recipient) DO NOTHING
    RETURNING id, message_id
""")
_COLUMNS = (
    "id, run_id, request_id, message_id, recipient, reply_to, subject, text, html, report_id, state"
)
_FIND = text(f"""
    SELECT {_COLUMNS} FROM mails
    WHERE run_id = ANY(CAST(:run_ids AS bigint[])) AND position = :position
""")
_TAKE_QUEUED = text(f"""
    UPDATE mails m SET run_id = c.run_id, position = c.position
    FROM unnest(CAST(:ids AS bigint[]), CAST(:run_ids AS bigint[]),
                CAST(:positions AS smallint[])) AS c (id, run_id, position)
    WHERE m.id = c.id AND m.state = 'queued'
    RETURNING {", ".join(f"m.{name}" for name in _COLUMNS.split(", "))}
""")
_RECORD = text("""
    WITH ended AS (
        UPDATE mails SET state = :state,
            sent_at = CASE WHEN :state = 'sent' THEN clock_timestamp() END,
            -- A link that lets somebody in is kept no longer than it is needed.
            text = CASE WHEN :state = 'sent' AND kind IN ('invitation', 'password_link')
                THEN '' ELSE text END,
            html = CASE WHEN :state = 'sent' AND kind IN ('invitation', 'password_link')
                THEN '' ELSE html END
        WHERE id = ANY(CAST(:ids AS bigint[])) RETURNING id, request_id, kind
    )
    INSERT INTO timeline_entries (request_id, event, actor, data)
    SELECT request_id, kind || '_' || :state, '', CAST(:data AS jsonb) FROM ended
    WHERE request_id IS NOT NULL ORDER BY id
""")
_RECORD_WAITING = text("""
    INSERT INTO timeline_entries (request_id, event, actor, data)
    SELECT request_id, kind || '_waiting', '', CAST(:data AS jsonb) FROM mails
    WHERE id = :id AND request_id IS NOT NULL
""")


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A row of ``mails``, and the message for the mail port; ``request_id`` is None for reports."""

    id: int
    request_id: int | None
    outgoing: OutgoingMail


class NewMail(NamedTuple):
    """A row of ``mails`` that is not inserted yet; one statement inserts many of them.

    ``recipient_key`` is empty for recipients that the settings name. ``told_entry`` is the newest
    timeline entry whose words it has.
    """

    kind: str
    run_id: int | None
    position: int | None
    request_id: int
    message_id: str
    recipient: str
    recipient_key: str
    reply_to: str
    subject: str
    text: str
    html: str
    told_entry: int | None = None

    def outgoing(self) -> OutgoingMail:
        return OutgoingMail(
            self.message_id, self.recipient, self.subject, self.text, self.html, self.reply_to
        )


def new_message_id() -> str:
    """It never changes: the message is known by it, however often it is tried."""
    domain = get_settings().sender.address.rpartition("@")[2]
    return f"<{secrets.token_hex(12)}@{domain}>"


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
    return _as_stored(session, taken.all())


def insert_mails(session: Session, drafts: Sequence[NewMail]) -> dict[str, int]:
    """The ids of the messages that were inserted, by their Message-IDs. A step's message that was
    there already stays."""
    if not drafts:
        return {}
    values = {"drafts": as_rows(one._asdict() for one in drafts)}
    return {row.message_id: row.id for row in session.execute(_INSERT, values)}


def store_mails(session: Session, drafts: Sequence[NewMail]) -> dict[int, StoredMail]:
    """Store the steps' messages. If another runner of a step was faster, its message is used."""
    return stored_mails(session, drafts, insert_mails(session, drafts))


def stored_mails(
    session: Session, drafts: Sequence[NewMail], inserted: Mapping[str, int]
) -> dict[int, StoredMail]:
    """The steps' messages by run, after ``insert_mails``."""
    runs = {draft.run_id: draft for draft in drafts if draft.run_id is not None}
    if len(inserted) < len(drafts):
        return _as_stored(session, _find(session, runs, drafts[0].position))
    return {
        run_id: StoredMail(inserted[draft.message_id], draft.request_id, draft.outgoing())
        for run_id, draft in runs.items()
    }


def find_written(
    session: Session, claims: Sequence[Claim]
) -> tuple[dict[int, StoredMail], dict[int, Claim]]:
    """The messages that earlier tries of the claims' steps have stored, by run, without those that
    were held back; and the claims that have stored none."""
    rows = _find(session, [claim.run_id for claim in claims], claims[0].position)
    written = {row.run_id for row in rows}
    missing = {claim.run_id: claim for claim in claims if claim.run_id not in written}
    return _as_stored(session, rows), missing


def _find(session: Session, run_ids: Iterable[int], position: int | None) -> Sequence[Row[Any]]:
    values = {"run_ids": as_array(run_ids), "position": position}
    return session.execute(_FIND, values).all()


def _as_stored(session: Session, rows: Sequence[Row[Any]]) -> dict[int, StoredMail]:
    return {
        row.run_id: StoredMail(
            row.id,
            row.request_id,
            OutgoingMail(
                message_id=row.message_id,
                recipient=row.recipient,
                subject=row.subject,
                text=row.text,
                html=row.html,
                reply_to=row.reply_to,
                attachments=_attachments(session, row.report_id),
            ),
        )
        for row in rows
        if row.state != MailState.HELD
    }


def _attachments(session: Session, report_id: int | None) -> tuple[Attachment, ...]:
    report = session.get(Report, report_id) if report_id else None
    if report is None or report.chart is None:
        return ()
    return (Attachment(f"{CHART}.png", "image/png", report.chart, content_id=CHART),)


def record_sending(
    session: Session, mail_ids: Sequence[int], state: StepState, *, reason: str = ""
) -> None:
    """Record the result of sending, in the transaction that ends the messages' steps. ``reason`` is
    for operators."""
    _record(session, mail_ids, _STATES[state], reason)


def hold_back(session: Session, mail_ids: Sequence[int]) -> None:
    """These messages are not sent: their recipients got too many in the last hour."""
    _record(session, mail_ids, MailState.HELD, "")


def record_waiting(session: Session, mail_id: int, *, reason: str) -> None:
    """A message could not be sent yet, and is tried again."""
    values = {"id": mail_id, "data": _data(reason)}
    session.execute(_RECORD_WAITING, values)


def _record(session: Session, mail_ids: Sequence[int], state: MailState, reason: str) -> None:
    if mail_ids:
        values = {"ids": as_array(sorted(mail_ids)), "state": state, "data": _data(reason)}
        session.execute(_RECORD, values)


def _data(reason: str) -> str:
    return orjson.dumps({"reason": reason} if reason else {}).decode()
