"""What a person decided about a dead or unknown step."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Numbered, now, one_of


class Action(StrEnum):
    RETRIED = "retried"
    DISCARDED = "discarded"
    SENT_AGAIN = "sent_again"


class OperatorAction(Numbered):
    """``run_id`` is no foreign key: the decision is kept when old runs are deleted.
    ``decided_by`` is a name: commands have no account."""

    __tablename__ = "interventions"
    __table_args__ = (one_of("action", Action),)

    run_id: Mapped[int]
    position: Mapped[int] = mapped_column(SmallInteger)
    task: Mapped[str]
    action: Mapped[str]
    why: Mapped[str] = mapped_column(default="")
    decided_by: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
