"""A message to one address, rendered once. Its Message-ID never changes."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, SmallInteger, UniqueConstraint, func
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Numbered, now, one_of


class MailState(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    HELD = "held"


class Mail(Numbered):
    """``run_id`` and ``position`` name the step that wrote it: a step writes one mail at most.

    ``recipient_key`` is the same for all spellings of a requester's mailbox, and empty for recipients
    that the settings name.
    """

    __tablename__ = "mails"
    __table_args__ = (
        one_of("state", MailState),
        UniqueConstraint("run_id", "position", "recipient"),
        # How many a requester's address got lately, and whether we know it.
        Index(
            "ix_mails_recipient",
            "recipient_key",
            "created_at",
            postgresql_where=sql("recipient_key <> ''"),
        ),
    )

    kind: Mapped[str]
    run_id: Mapped[int | None]
    position: Mapped[int | None] = mapped_column(SmallInteger)
    request_id: Mapped[int | None] = mapped_column(
        ForeignKey("maintenance_requests.id", ondelete="CASCADE"), index=True
    )
    report_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id", ondelete="CASCADE"))
    message_id: Mapped[str] = mapped_column(unique=True)
    recipient: Mapped[str]
    recipient_key: Mapped[str] = mapped_column(default="", server_default="")
    reply_to: Mapped[str] = mapped_column(default="", server_default="")
    # The newest timeline entry whose words it has, if it has any.
    told_entry: Mapped[int | None]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=MailState.QUEUED)
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    sent_at: Mapped[datetime | None]
