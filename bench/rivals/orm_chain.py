"""The usual design: Flask-SQLAlchemy writes one row, and Celery is told in the same request.

Written as both quick starts show it: add, commit, read the id (which the commit expired), and
``chain(...).apply_async()`` with Celery's own defaults.
"""

import os
from datetime import datetime

from celery import Celery, chain
from flask import Flask, Response, jsonify, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
db = SQLAlchemy(app, model_class=Base)
celery = Celery("orm_chain", broker=os.environ["REDIS_URL"])


class MaintenanceReport(Base):
    __tablename__ = "orm_chain_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    description: Mapped[str]
    location: Mapped[str]
    contact_info: Mapped[str]
    category: Mapped[str] = mapped_column(default="pending")
    priority: Mapped[str] = mapped_column(default="pending")
    status: Mapped[str] = mapped_column(default="pending")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


@celery.task
def categorize(report_id: int) -> None:
    """No worker runs here: only the hand-over is measured."""


@celery.task
def refresh_statistics(report_id: int) -> None:
    """As above."""


@celery.task
def send_receipt(report_id: int) -> None:
    """As above."""


@celery.task
def notify_operators(report_id: int) -> None:
    """As above."""


@app.post("/api/requests")
def submit() -> tuple[Response, int]:
    body = request.get_json()
    report = MaintenanceReport(
        description=body["description"],
        location=body["location"],
        contact_info=body["contact_info"],
    )
    db.session.add(report)
    db.session.commit()
    chain(
        categorize.si(report.id),
        refresh_statistics.si(report.id),
        send_receipt.si(report.id),
        notify_operators.si(report.id),
    ).apply_async()
    return jsonify(id=report.id, status=report.status, category=report.category), 201


def main() -> None:
    """Make the table: ``python -m bench.rivals.orm_chain``, once, before the workers start."""
    with app.app_context():
        db.create_all()


if __name__ == "__main__":
    main()
