"""The usual design: Flask-SQLAlchemy writes one row and publishes a chain of four Celery tasks in the
same request; Celery as it comes, and its tasks in the ORM, one object after another.

The web's row is in a table of its own. The tasks make the rows that Haja makes, of a request of
Haja's; AI and mail answer at once.
"""

import os
import secrets
from dataclasses import asdict
from datetime import datetime

from celery import Celery, chain
from celery.signals import worker_process_init
from flask import Flask, Response, jsonify, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

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


class Base(DeclarativeBase):
    pass


class MaintenanceReport(Base):
    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    description: Mapped[str]
    location: Mapped[str]
    contact_info: Mapped[str]
    category: Mapped[str] = mapped_column(default="pending")
    priority: Mapped[str] = mapped_column(default="pending")
    status: Mapped[str] = mapped_column(default="pending")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


app = Celery("orm_chain", broker=os.environ["REDIS_URL"])


def application() -> Flask:
    """As both quick starts show it: add, commit, read the id (which the commit expired), publish."""
    flask = Flask(__name__)
    flask.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
    db = SQLAlchemy(flask, model_class=Base)

    @flask.post("/api/requests")
    def submit() -> tuple[Response, int]:
        body = request.get_json()
        said = {name: body[name] for name in ("description", "location", "contact_info")}
        report = MaintenanceReport(**said)
        db.session.add(report)
        db.session.commit()
        publish(report.id)
        return jsonify(id=report.id, status=report.status, category=report.category), 201

    return flask


def publish(request_id: int) -> None:
    """Start one request's chain."""
    tasks = (categorize, refresh_statistics, send_receipt, notify_operators)
    chain(*(task.si(request_id) for task in tasks)).apply_async()


@worker_process_init.connect
def _start_child(**_kwargs: object) -> None:
    forget_engine()


@app.task
def categorize(request_id: int) -> None:
    with transaction() as session:
        found = session.get_one(MaintenanceRequest, request_id)
        index_requests(session, [found])
        found.category, found.priority = ANSWER.category, ANSWER.priority
        session.add(TriageResult(request_id=request_id, **asdict(ANSWER)))
        session.add(TimelineEntry(request_id=request_id, event="request_categorized"))


@app.task
def refresh_statistics(_request_id: int) -> None:
    with transaction() as session:
        fold_deltas(session)


@app.task
def send_receipt(request_id: int) -> None:
    _send(request_id, "receipt")


@app.task
def notify_operators(request_id: int) -> None:
    _send(request_id, "notice")


def _send(request_id: int, kind: str) -> None:
    with transaction() as session:
        found = session.get_one(MaintenanceRequest, request_id)
        context = MailContext(*(getattr(found, name) for name in MailContext._fields))
        write = write_receipt if kind == "receipt" else write_notice
        written = write(context, status_url(get_settings(), found.reference, found.link_version))
        mail = Mail(
            kind=kind,
            request_id=request_id,
            message_id=f"<{secrets.token_hex(12)}@localhost>",
            recipient=found.contact_email if kind == "receipt" else "desk@example.org",
            subject=written.subject,
            text=written.text,
            html=written.html,
        )
        session.add(mail)
        session.flush()
        mail.state = MailState.SENT
        session.add(TimelineEntry(request_id=request_id, event=f"{kind}_sent"))
