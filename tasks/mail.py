"""The mail room. A message is handed over once; when nobody can know, a person decides."""

from collections.abc import Callable

from celery import Task, shared_task
from sqlalchemy.orm import Session

from config import wiring
from models.database import transaction
from models.mail import Mail
from models.ports import AmbiguousError, PermanentError
from models.run import StepState
from models.services import ledger, mails, reports
from models.services.ledger import HANDING_OVER, Claim
from tasks.carrier import Outcome, carry_all, carry_each
from tasks.policies import MAIL


@shared_task(bind=True, name="mail.send_receipt")
def send_receipt(self: Task, run_ids: list[int], position: int) -> None:
    """Tell the requester that the request is written down."""
    carry_each(self.name, run_ids, position, work=lambda c: _send(c, mails.write_receipt))


@shared_task(bind=True, name="mail.send_update")
def send_update(self: Task, run_ids: list[int], position: int) -> None:
    """Tell the requester what changed."""
    carry_each(self.name, run_ids, position, work=lambda c: _send(c, mails.write_update))


@shared_task(bind=True, name="mail.send_queued")
def send_queued(self: Task, run_ids: list[int], position: int) -> None:
    """Send a message that another step wrote."""
    carry_each(self.name, run_ids, position, work=lambda c: _send(c, mails.get_queued))


@shared_task(bind=True, name="mail.notify_operators")
def notify_operators(self: Task, run_ids: list[int], position: int) -> None:
    """Write one message to each operator's address and queue it."""
    carry_all(self.name, run_ids, position, work=lambda _claims: mails.queue_notices)


@shared_task(bind=True, name="mail.queue_report")
def queue_report(self: Task, run_ids: list[int], position: int) -> None:
    """Write one message to each report recipient and queue it."""
    carry_all(self.name, run_ids, position, work=lambda _claims: reports.queue_report_mails)


def _send(claim: Claim, write: Callable[[Session, Claim], Mail | None]) -> Outcome:
    with transaction() as session:
        mail = write(session, claim)
        outgoing = mails.as_outgoing(session, mail) if mail else None
    if mail is None or outgoing is None:
        return Outcome()
    try:
        wiring.mail_sender().send(outgoing, before_handover=lambda: _enter_handover(claim))
    except AmbiguousError as error:
        state, reason = StepState.UNKNOWN, str(error)
    except PermanentError as error:
        state, reason = StepState.DEAD, str(error)
    else:
        state, reason = StepState.DONE, ""
    return Outcome(state, lambda session: mails.record_sending(session, mail.id, state), reason)


def _enter_handover(claim: Claim) -> None:
    with transaction() as session:
        ledger.enter_phase(session, claim, HANDING_OVER, lease=MAIL.lease)
