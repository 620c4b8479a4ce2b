"""Tasks of the queue ``mail``. A message is sent at most once; where it is not known whether it was
sent, a person decides."""

from celery import Task, shared_task

from models.services import mails, notices, reports
from models.services.mail_store import take_queued
from tasks.steps.mail_delivery import deliver_mails
from tasks.steps.runner import run_batch


@shared_task(bind=True, name="mail.send_receipt")
def send_receipt(self: Task, run_ids: list[int], position: int) -> None:
    """Mail the requester that the request was received."""
    deliver_mails(self.name, run_ids, position, write=mails.write_receipts)


@shared_task(bind=True, name="mail.send_link")
def send_link(self: Task, run_ids: list[int], position: int) -> None:
    """Mail the requester the link of the request."""
    deliver_mails(self.name, run_ids, position, write=mails.write_links)


@shared_task(bind=True, name="mail.send_update")
def send_update(self: Task, run_ids: list[int], position: int) -> None:
    """Mail the requester how the request stands."""
    deliver_mails(self.name, run_ids, position, write=mails.write_updates)


@shared_task(bind=True, name="mail.send_queued")
def send_queued(self: Task, run_ids: list[int], position: int) -> None:
    """Send a message that another step wrote."""
    deliver_mails(self.name, run_ids, position, write=take_queued)


@shared_task(bind=True, name="mail.notify_operators")
def notify_operators(self: Task, run_ids: list[int], position: int) -> None:
    """Mail the operators about a new request."""
    deliver_mails(self.name, run_ids, position, write=notices.write_notices)


@shared_task(bind=True, name="mail.forward_answer")
def forward_answer(self: Task, run_ids: list[int], position: int) -> None:
    """Mail the assignee or the operators what the requester answered."""
    deliver_mails(self.name, run_ids, position, write=notices.write_answers)


@shared_task(bind=True, name="mail.notify_assignee")
def notify_assignee(self: Task, run_ids: list[int], position: int) -> None:
    """Mail a user that a request was assigned to him."""
    deliver_mails(self.name, run_ids, position, write=notices.write_assignments)


@shared_task(bind=True, name="mail.queue_report")
def queue_report(self: Task, run_ids: list[int], position: int) -> None:
    """Write one message to each report recipient and queue it."""
    run_batch(self.name, run_ids, position, work=lambda _claims: reports.queue_report_mails)
