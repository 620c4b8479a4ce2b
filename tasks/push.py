"""Tasks of the queue ``push``: messages to browsers. Each is sent at most once."""

from celery import Task, shared_task

from models.services import push_messages
from tasks.steps.push_delivery import deliver_push
from tasks.steps.runner import run_batch, run_each


@shared_task(bind=True, name="push.queue_alerts")
def queue_alerts(self: Task, run_ids: list[int], position: int) -> None:
    """Queue a message to each operator's browsers about an urgent request."""
    run_batch(self.name, run_ids, position, work=lambda _claims: push_messages.write_alerts)


@shared_task(bind=True, name="push.queue_updates")
def queue_updates(self: Task, run_ids: list[int], position: int) -> None:
    """Queue a message to each browser of a requester."""
    run_batch(self.name, run_ids, position, work=lambda _claims: push_messages.write_updates)


@shared_task(bind=True, name="push.queue_assignments")
def queue_assignments(self: Task, run_ids: list[int], position: int) -> None:
    """Queue a message to each browser of the user that a request was assigned to."""
    run_batch(self.name, run_ids, position, work=lambda _claims: push_messages.write_assignments)


@shared_task(bind=True, name="push.send_message")
def send_message(self: Task, run_ids: list[int], position: int) -> None:
    """Send a message to one browser."""
    run_each(self.name, run_ids, position, work=deliver_push)
