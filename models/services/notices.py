"""Messages to operators: a new request, what its requester answers, and whose work it is."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.arrays import as_array
from models.ledger.events import record_events
from models.ledger.steps import Claim
from models.mail_templates import requests as templates
from models.mail_templates.frame import RenderedMail
from models.mail_templates.requests import MailContext
from models.services.assignees import find_assignee
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
from models.timeline_entry import ANSWER, PHOTO, REOPENED, WORDS

_ANSWERS = text(f"""
    SELECT e.id AS entry_id, coalesce(e.data ->> '{WORDS}', '') AS words, e.data ? '{REOPENED}' AS reopened,
        {", ".join(f"r.{name}" for name in MailContext._fields)}
    FROM timeline_entries e JOIN maintenance_requests r ON r.id = e.request_id
    WHERE e.id = ANY(CAST(:ids AS bigint[])) AND e.event IN ('{ANSWER}', '{PHOTO}')
""")

# Only the newest: an assignment that was taken back or replaced is nobody's news.
_ASSIGNMENTS = text(f"""
    SELECT e.id AS entry_id, e.actor, {", ".join(f"r.{name}" for name in MailContext._fields)}
    FROM timeline_entries e JOIN maintenance_requests r ON r.id = e.request_id
    WHERE e.id = ANY(CAST(:ids AS bigint[])) AND e.event = 'assignee_changed'
        AND NOT EXISTS (SELECT FROM timeline_entries later WHERE later.request_id = r.id
            AND later.event = 'assignee_changed' AND later.id > e.id)
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
    return written | _tell_operators(
        session, {claim: _Notice(one, addresses, _notice(one)) for claim, one in known.items()}
    )


def write_answers(session: Session, claims: Sequence[Claim]) -> dict[int, StoredMail]:
    """What requesters answered, in words or by photos alone, by run: to the request's assignee, if that is a user with an e-mail
    address, else to the operators' addresses as ``write_notices``; and to whoever watches it."""
    written, missing = find_written(session, claims)
    ids = {"ids": as_array(claim.subject_id for claim in missing.values())}
    answers = {
        row.entry_id: (MailContext(*row[3:]), row.words, row.reopened)
        for row in session.execute(_ANSWERS, ids)
    }
    notices = {
        claim: _Notice(request, addresses, _answer(request, words, reopened))
        for claim in missing.values()
        if claim.subject_id in answers
        for request, words, reopened in [answers[claim.subject_id]]
        if (addresses := _addresses_for(session, request))
    }
    return written | _tell_operators(session, notices)


def write_assignments(session: Session, claims: Sequence[Claim]) -> dict[int, StoredMail]:
    """What tells assignees of their work, by run: to a user with an e-mail address for a username, in
    the user's language, if the request is still assigned to that user."""
    written, missing = find_written(session, claims)
    ids = {"ids": as_array(claim.subject_id for claim in missing.values())}
    requests = {
        row.entry_id: (MailContext(*row[2:]), row.actor)
        for row in session.execute(_ASSIGNMENTS, ids)
    }
    notices: dict[Claim, _Notice] = {}
    for claim in missing.values():
        request, actor = requests.get(claim.subject_id, (None, ""))
        user = find_assignee(session, request.assignee) if request else None
        if request and user and (address := find_email(user.username)):
            mail = templates.write_assignment(request, _desk_url(request), user.language, actor)
            notices[claim] = _Notice(request, [address], mail)
    return written | _tell_operators(session, notices)


def _addresses_for(session: Session, request: MailContext) -> list[str]:
    """Each once, whoever gets it for two reasons."""
    watchers = [find_email(user.username) for user in list_watchers(session, request.id)]
    wanted = [*_responsible(session, request.assignee), *filter(None, watchers)]
    return list({address.casefold(): address for address in reversed(wanted)}.values())[::-1]


def _responsible(session: Session, assignee: str) -> list[str]:
    """The assignee's mailbox if one user has that name and an e-mail address for a username; else
    the operators'."""
    user = find_assignee(session, assignee)
    if user and (address := find_email(user.username)):
        return [address]
    return [str(mailbox) for mailbox in get_settings().operator_mailboxes]


class _Notice(NamedTuple):
    request: MailContext
    addresses: Sequence[str]
    mail: RenderedMail


def _tell_operators(session: Session, notices: Mapping[Claim, _Notice]) -> dict[int, StoredMail]:
    """The notices to the first of their addresses, by run; those to the others are queued."""
    own = {_to_operator(one, one.addresses[0], claim): claim for claim, one in notices.items()}
    stored = insert_mails(session, list(own))
    # Only the runner that inserts the step's own notice queues the notices to further addresses.
    inserted = [claim for draft, claim in own.items() if draft.message_id in stored]
    _queue_notices(session, {claim: notices[claim] for claim in inserted})
    return stored_mails(session, list(own), stored)


def _queue_notices(session: Session, notices: Mapping[Claim, _Notice]) -> None:
    calls = {
        _to_operator(notice, address): claim.request_id
        for claim, notice in notices.items()
        for address in notice.addresses[1:]
    }
    if calls:
        stored = insert_mails(session, list(calls))
        ids = [stored[draft.message_id] for draft in calls]
        record_events(session, "mail_queued", ids, request_ids=list(calls.values()))


def _notice(request: MailContext) -> RenderedMail:
    return templates.write_notice(request, _desk_url(request))


def _answer(request: MailContext, words: str, reopened: bool) -> RenderedMail:
    return templates.write_answer(request, _desk_url(request), words, reopened=reopened)


def _desk_url(request: MailContext) -> str:
    return f"{get_settings().base_url}/desk/requests/{request.id}"


def _to_operator(notice: _Notice, recipient: str, claim: Claim | None = None) -> NewMail:
    """An answer to it goes to the requester."""
    request, _, mail = notice
    return NewMail(
        "notice",
        claim.run_id if claim else None,
        claim.position if claim else None,
        request.id,
        new_message_id(),
        recipient,
        "",
        request.contact_email,
        mail.subject,
        mail.text,
        mail.html,
    )
