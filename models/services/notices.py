"""Messages to operators: a new request, what its requester answers, and whose work it is; in part also to
contractors."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.arrays import as_array
from models.assignee_key import assignee_key
from models.ledger.events import record_events
from models.ledger.steps import Claim
from models.mail_templates import requests as templates
from models.mail_templates.frame import RenderedMail
from models.mail_templates.requests import MailContext
from models.services.assignee_mailboxes import list_mailboxes
from models.services.contacts import find_email
from models.services.mail_store import (
    NewMail,
    StoredMail,
    find_written,
    insert_mails,
    new_message_id,
    stored_mails,
)
from models.services.mails import read_requests
from models.services.watchers import list_watchers
from models.timeline_entry import ANSWER, ASSIGNED, PHOTO, REOPENED, WORDS

_ANSWERS = text(f"""
    SELECT e.id AS entry_id, coalesce(e.data ->> '{WORDS}', '') AS words, e.data ? '{REOPENED}' AS reopened,
        {", ".join(f"r.{name}" for name in MailContext._fields)}
    FROM timeline_entries e JOIN maintenance_requests r ON r.id = e.request_id
    WHERE e.id = ANY(CAST(:ids AS bigint[])) AND e.event IN ('{ANSWER}', '{PHOTO}')
""")

# Only what still holds, and of the same assignment made twice the newest: one that was taken back or
# replaced is nobody's news.
_ASSIGNMENTS = text(f"""
    SELECT e.id AS entry_id, e.actor, {", ".join(f"r.{name}" for name in MailContext._fields)}
    FROM timeline_entries e JOIN maintenance_requests r ON r.id = e.request_id
    WHERE e.id = ANY(CAST(:ids AS bigint[])) AND e.event = 'assignee_changed'
        AND e.data ->> '{ASSIGNED}' = {assignee_key("r")}
        AND NOT EXISTS (SELECT FROM timeline_entries later WHERE later.request_id = r.id
            AND later.event = 'assignee_changed' AND later.id > e.id
            AND later.data ->> '{ASSIGNED}' = e.data ->> '{ASSIGNED}')
""")


def write_notices(session: Session, claims: Sequence[Claim]) -> dict[int, StoredMail]:
    """The notices of the claims' requests by run, to the first of the operators' addresses.

    Each notice to a further address gets its own run, so that a full mailbox neither delays the
    other messages nor makes them be sent twice. Nothing holds a notice back.
    """
    addresses = [str(mailbox) for mailbox in get_settings().operator_mailboxes]
    if not addresses:
        return {}
    written, missing = find_written(session, claims)
    requests = read_requests(session, missing.values())
    known = {c: requests[c.subject_id] for c in missing.values() if c.subject_id in requests}
    notices = {
        claim: _Notice(one, _to_each(one, addresses, templates.write_notice(one, _desk_url(one))))
        for claim, one in known.items()
    }
    return written | _tell_operators(session, notices)


def write_answers(session: Session, claims: Sequence[Claim]) -> dict[int, StoredMail]:
    """What requesters answered, in words or by photos alone, by run: to whoever has the request (a
    user, or all of a team), if they have an e-mail address, else to the operators' addresses as
    ``write_notices``; and to whoever watches it."""
    written, missing = find_written(session, claims)
    ids = {"ids": as_array(claim.subject_id for claim in missing.values())}
    answers = {
        row.entry_id: (MailContext(*row[3:]), row.words, row.reopened)
        for row in session.execute(_ANSWERS, ids)
    }
    notices = {
        claim: notice
        for claim in missing.values()
        if claim.subject_id in answers
        for request, words, reopened in [answers[claim.subject_id]]
        if (notice := _notice_of_answer(session, request, words, reopened)).mails
    }
    return written | _tell_operators(session, notices)


def write_assignments(session: Session, claims: Sequence[Claim]) -> dict[int, StoredMail]:
    """What tells assignees of their work, by run, in the language of each, if the request is still
    theirs: to a user with an e-mail address for a username, or to the first of a team. Each of its
    others gets a run of its own, as in ``write_notices``."""
    written, missing = find_written(session, claims)
    ids = {"ids": as_array(claim.subject_id for claim in missing.values())}
    requests = {
        row.entry_id: (MailContext(*row[2:]), row.actor)
        for row in session.execute(_ASSIGNMENTS, ids)
    }
    notices = {
        claim: notice
        for claim in missing.values()
        if claim.subject_id in requests
        if (notice := _notice_of_assignment(session, *requests[claim.subject_id])).mails
    }
    return written | _tell_operators(session, notices)


def _notice_of_answer(
    session: Session, request: MailContext, words: str, reopened: bool
) -> "_Notice":
    """To each address once, whoever gets it for two reasons."""
    mail = templates.write_answer(request, _desk_url(request), words, reopened=reopened)
    watchers = [find_email(user.username) for user in list_watchers(session, request.id)]
    responsible = list_mailboxes(session, request)
    inside = [one.address for one in responsible if one.has_account]
    if not responsible:
        inside = [str(mailbox) for mailbox in get_settings().operator_mailboxes]
    wanted = [*inside, *filter(None, watchers)]
    outside = [
        _ToOperator(one.address, templates.write_answer(request, "", words, reopened=reopened), "")
        for one in responsible
        if not one.has_account
    ]
    addresses = list({one.casefold(): one for one in reversed(wanted)}.values())[::-1]
    return _Notice(request, [*_to_each(request, addresses, mail), *outside])


def _notice_of_assignment(session: Session, request: MailContext, actor: str) -> "_Notice":
    """Who assigns work to a team of his own knows; of two of the same name it is not clear who did."""
    found = list_mailboxes(session, request)
    if [one.name for one in found].count(actor) == 1:
        found = [one for one in found if one.name != actor or not one.team]
    mails = []
    for one in found:
        link = _desk_url(request) if one.has_account else ""
        mail = templates.write_assignment(request, link, one.language, actor, one.team)
        mails.append(_ToOperator(one.address, mail, request.contact_email if link else ""))
    return _Notice(request, mails)


class _ToOperator(NamedTuple):
    """``reply_to`` is the requester, for who may know the address."""

    address: str
    mail: RenderedMail
    reply_to: str


class _Notice(NamedTuple):
    request: MailContext
    mails: Sequence[_ToOperator]


def _to_each(
    request: MailContext, addresses: Sequence[str], mail: RenderedMail
) -> list[_ToOperator]:
    return [_ToOperator(address, mail, request.contact_email) for address in addresses]


def _tell_operators(session: Session, notices: Mapping[Claim, _Notice]) -> dict[int, StoredMail]:
    """The first mail of each notice, by run; the others are queued."""
    own = {_new_mail(one.request, one.mails[0], claim): claim for claim, one in notices.items()}
    stored = insert_mails(session, list(own))
    # Only the runner that inserts the step's own notice queues the notices to further addresses.
    inserted = [claim for draft, claim in own.items() if draft.message_id in stored]
    _queue_notices(session, {claim: notices[claim] for claim in inserted})
    return stored_mails(session, list(own), stored)


def _queue_notices(session: Session, notices: Mapping[Claim, _Notice]) -> None:
    calls = {
        _new_mail(notice.request, one): claim.request_id
        for claim, notice in notices.items()
        for one in notice.mails[1:]
    }
    if calls:
        stored = insert_mails(session, list(calls))
        ids = [stored[draft.message_id] for draft in calls]
        record_events(session, "mail_queued", ids, request_ids=list(calls.values()))


def _desk_url(request: MailContext) -> str:
    return f"{get_settings().base_url}/desk/requests/{request.id}"


def _new_mail(request: MailContext, one: _ToOperator, claim: Claim | None = None) -> NewMail:
    return NewMail(
        "notice",
        claim.run_id if claim else None,
        claim.position if claim else None,
        request.id,
        new_message_id(),
        one.address,
        "",
        one.reply_to,
        one.mail.subject,
        one.mail.text,
        one.mail.html,
    )
