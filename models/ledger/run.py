"""The tables of the outbox: a run per event, and its steps with their states."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, SmallInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Numbered, now, one_of


class StepState(StrEnum):
    """See ``docs/durability.md`` for the diagram."""

    BLOCKED = "blocked"
    READY = "ready"
    RUNNING = "running"
    RETRY = "retry"
    DONE = "done"
    DEAD = "dead"
    UNKNOWN = "unknown"


class Run(Numbered):
    """One event and its subject. ``request_id`` is the X-Request-ID of the call that caused it."""

    __tablename__ = "runs"
    __table_args__ = (
        # Triage calls the messages of its requests forward.
        Index(
            "ix_runs_messages",
            "subject_id",
            postgresql_where=text("event IN ('notice_due', 'receipt_due')"),
        ),
    )

    event: Mapped[str]
    subject_id: Mapped[int]
    request_id: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())


class Step(Base):
    """``due_at`` depends on the state. ready: when to publish the step (again); running: when the
    lease ends; retry: when to try next."""

    __tablename__ = "steps"
    __table_args__ = (
        one_of("state", StepState),
        Index(
            "ix_steps_due",
            "due_at",
            postgresql_where=text("state IN ('ready', 'running', 'retry')"),
        ),
        Index(
            "ix_steps_troubled",
            "run_id",
            postgresql_where=text("state IN ('dead', 'unknown')"),
        ),
    )

    # No foreign key: a step is written by the statement that writes its run, so the run exists.
    # Checking that for four steps would cost a quarter of an intake's time. A trigger deletes the
    # steps of a deleted run.
    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    task: Mapped[str]
    state: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    token: Mapped[int] = mapped_column(default=0, server_default="0")
    claims: Mapped[int] = mapped_column(default=0, server_default="0")
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    phase: Mapped[str | None]
    last_error: Mapped[str | None]
    started_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
