"""Dead and unknown steps, and what a person may do about them: retry, discard, send again.

``by`` is the person's name, ``why`` their reason; both are kept with the decision.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.errors import NotFound
from models.ledger.operator_action import Action, OperatorAction
from models.ledger.run import Run, Step, StepState
from models.mail import Mail, MailState
from models.services.mails import queue_mails


@dataclass(frozen=True, slots=True)
class FailedStep:
    """A step on which a person has to decide. ``mail_id`` is set where the step has a message."""

    run_id: int
    position: int
    task: str
    state: str
    event: str
    subject_id: int
    last_error: str
    ended_at: datetime | None
    mail_id: int | None
    recipient: str | None


def list_failed_steps(session: Session, *, limit: int = 200) -> list[FailedStep]:
    """Dead and unknown steps, the newest first. Reads a partial index, so old runs cost nothing."""
    rows = session.execute(
        select(Step, Run, Mail)
        .join(Run, Run.id == Step.run_id)
        .outerjoin(Mail, (Mail.run_id == Step.run_id) & (Mail.position == Step.position))
        .where(Step.state.in_([StepState.DEAD, StepState.UNKNOWN]))
        .order_by(Step.run_id.desc(), Step.position)
        .limit(limit)
    )
    return [_as_failed_step(step, run, mail) for step, run, mail in rows]


def _as_failed_step(step: Step, run: Run, mail: Mail | None) -> FailedStep:
    return FailedStep(
        run_id=step.run_id,
        position=step.position,
        task=step.task,
        state=step.state,
        event=run.event,
        subject_id=run.subject_id,
        last_error=step.last_error or "",
        ended_at=step.done_at,
        mail_id=mail.id if mail else None,
        recipient=mail.recipient if mail else None,
    )


def retry_step(session: Session, run_id: int, position: int, *, by: str, why: str = "") -> None:
    """Give a dead step another full set of tries.

    Raises:
        NotFound: there is no such dead step. (For an unknown message, use ``send_again``.)
    """
    step = _get(session, run_id, position, StepState.DEAD)
    session.execute(
        text("""
            UPDATE steps SET state = 'ready', due_at = clock_timestamp(), failures = 0,
                claims = 0, token = token + 1, phase = NULL, done_at = NULL
            WHERE run_id = :run_id AND position = :position
        """),
        {"run_id": run_id, "position": position},
    )
    session.execute(
        text("""
            UPDATE mails SET state = 'queued'
            WHERE run_id = :run_id AND position = :position AND state = 'refused'
        """),
        {"run_id": run_id, "position": position},
    )
    _record_action(session, step, Action.RETRIED, by, why)


def discard_step(session: Session, run_id: int, position: int, *, by: str, why: str = "") -> None:
    """Mark a dead or unknown step as done without running it.

    Raises:
        NotFound: there is no such step.
    """
    step = _get(session, run_id, position, StepState.DEAD, StepState.UNKNOWN)
    step.state = StepState.DONE
    _record_action(session, step, Action.DISCARDED, by, why)


def send_again(session: Session, run_id: int, position: int, *, by: str, why: str = "") -> Mail:
    """Send a copy of a message that may or may not have been sent: a new message with a new id.

    Raises:
        NotFound: there is no such unknown message.
    """
    step = _get(session, run_id, position, StepState.UNKNOWN)
    mail = session.scalar(
        select(Mail).where(
            Mail.run_id == run_id, Mail.position == position, Mail.state == MailState.UNKNOWN
        )
    )
    if mail is None:
        raise NotFound
    again = Mail(
        kind=mail.kind,
        request_id=mail.request_id,
        report_id=mail.report_id,
        message_id=f"<{secrets.token_hex(12)}@{mail.message_id.rpartition('@')[2]}",
        recipient=mail.recipient,
        recipient_key=mail.recipient_key,
        reply_to=mail.reply_to,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
    )
    queue_mails(session, [again])
    step.state = StepState.DONE
    _record_action(session, step, Action.SENT_AGAIN, by, why)
    return again


def _get(session: Session, run_id: int, position: int, *states: StepState) -> Step:
    step = session.get(Step, (run_id, position), with_for_update=True)
    if step is None or step.state not in states:
        raise NotFound
    return step


def _record_action(session: Session, step: Step, action: Action, by: str, why: str) -> None:
    session.add(
        OperatorAction(
            run_id=step.run_id,
            position=step.position,
            task=step.task,
            action=action,
            why=why,
            decided_by=by,
        )
    )
