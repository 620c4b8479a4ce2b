"""What belongs to a request's history beside its timeline: its mails as they stand, and what operators
have confirmed."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from models.correction import Correction
from models.ledger.run import Step, StepState
from models.mail import Mail, MailState
from models.user import User


class SentMail(NamedTuple):
    """``next_try`` is when a message that could not be sent is tried again, and ``reason`` why."""

    kind: str
    state: str
    recipient: str
    subject: str
    created_at: datetime
    next_try: datetime | None
    reason: str

    @property
    def is_queued(self) -> bool:
        return self.state == MailState.QUEUED


class Confirmation(NamedTuple):
    """An operator found that triage was right."""

    field: str
    value: str
    at: datetime
    actor: str


def list_mails(session: Session, request_id: int) -> Sequence[SentMail]:
    """All mails about a request, the oldest first, as the ledger has them."""
    is_put_off = and_(Mail.state == MailState.QUEUED, Step.state == StepState.RETRY)
    found = session.execute(
        select(
            Mail.kind,
            Mail.state,
            Mail.recipient,
            Mail.subject,
            Mail.created_at,
            # No row of another state has a time that says when it is tried.
            func.min(Step.due_at).filter(is_put_off),
            func.coalesce(func.min(Step.last_error).filter(is_put_off), ""),
        )
        .outerjoin(Step, and_(Step.run_id == Mail.run_id, Step.position == Mail.position))
        .where(Mail.request_id == request_id)
        .group_by(Mail.id)
        .order_by(Mail.id)
    )
    return [SentMail(*row) for row in found]


def list_confirmations(session: Session, request_id: int) -> Sequence[Confirmation]:
    """The oldest first."""
    found = session.execute(
        select(
            Correction.field,
            Correction.became,
            Correction.created_at,
            func.coalesce(func.nullif(User.name, ""), User.username, ""),
        )
        .outerjoin(User, User.id == Correction.user_id)
        .where(Correction.request_id == request_id, Correction.was == Correction.became)
        .order_by(Correction.id)
    )
    return [Confirmation(*row) for row in found]
