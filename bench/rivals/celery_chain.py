"""The usual way: a chain of four Celery tasks for each request, with the writes that Haja does.

Celery as it comes, its tasks in SQLAlchemy's ORM, one object after another. AI and mail answer at
once, which here is no call at all.
"""

import os
import secrets

from celery import Celery, chain
from celery.signals import worker_process_init

from bench.instant import ANSWER
from config.settings import get_settings
from models.database import forget_engine, transaction
from models.mail import Mail, MailState
from models.mail_templates.requests import MailContext, write_notice, write_receipt
from models.maintenance_request import MaintenanceRequest
from models.services.links import status_url
from models.services.search import index_requests
from models.services.statistics import fold_deltas
from models.timeline_entry import TimelineEntry
from models.triage_result import TriageResult

app = Celery("chain", broker=os.environ["REDIS_URL"])


@worker_process_init.connect
def _start_child(**_kwargs: object) -> None:
    forget_engine()


@app.task
def categorize(request_id: int) -> int:
    with transaction() as session:
        request = session.get_one(MaintenanceRequest, request_id)
        index_requests(session, [request])
        request.category, request.priority = ANSWER.category, ANSWER.priority
        session.add(
            TriageResult(
                request_id=request.id,
                category=ANSWER.category,
                priority=ANSWER.priority,
                confidence=ANSWER.confidence,
                reason=ANSWER.reason,
                language=ANSWER.language,
                model=ANSWER.model,
            )
        )
        session.add(TimelineEntry(request_id=request.id, event="request_categorized"))
    return request_id


@app.task
def refresh_statistics(request_id: int) -> int:
    with transaction() as session:
        fold_deltas(session)
    return request_id


@app.task
def send_receipt(request_id: int) -> int:
    _send(request_id, "receipt")
    return request_id


@app.task
def notify_operators(request_id: int) -> None:
    _send(request_id, "notice")


def _send(request_id: int, kind: str) -> None:
    with transaction() as session:
        request = session.get_one(MaintenanceRequest, request_id)
        told = MailContext(*(getattr(request, name) for name in MailContext._fields))
        link = status_url(get_settings(), request.reference)
        letter = write_receipt(told, link) if kind == "receipt" else write_notice(told, link)
        mail = Mail(
            kind=kind,
            request_id=request.id,
            message_id=f"<{secrets.token_hex(12)}@localhost>",
            recipient=request.contact_email if kind == "receipt" else "desk@example.org",
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
        )
        session.add(mail)
        session.flush()
        mail.state = MailState.SENT
        session.add(TimelineEntry(request_id=request.id, event=f"{kind}_sent"))


def publish(request_id: int) -> None:
    """Start one request's chain."""
    chain(
        categorize.s(request_id), refresh_statistics.s(), send_receipt.s(), notify_operators.s()
    ).apply_async()
