"""A message to one browser. What it says is written when it is sent: only the newest state is news."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Numbered, now, one_of


class PushKind(StrEnum):
    """An urgent request, work that was assigned, news for the requester."""

    ALERT = "alert"
    ASSIGNMENT = "assignment"
    UPDATE = "update"


class PushMessage(Numbered):
    __tablename__ = "push_messages"
    __table_args__ = (
        one_of("kind", PushKind),
        # Nobody is alarmed twice by one request, however often it is found to be urgent.
        Index(
            "ix_push_messages_alert",
            "subscription_id",
            "request_id",
            unique=True,
            postgresql_where=text("kind = 'alert'"),
        ),
    )

    kind: Mapped[str]
    subscription_id: Mapped[int] = mapped_column(
        ForeignKey("push_subscriptions.id", ondelete="CASCADE"), index=True
    )
    request_id: Mapped[int] = mapped_column(
        ForeignKey("maintenance_requests.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now(), index=True)
    sent_at: Mapped[datetime | None]
