"""A browser that wants to be told: of an operator, or of the requester whose link it was opened by."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Numbered, now, one_of
from models.words import Language


class PushSubscription(Numbered):
    """``user_id`` or ``request_id`` says whose it is. ``endpoint``, ``p256dh`` and ``auth`` are what
    the browser gave (RFC 8030, RFC 8291; keys in base64url); ``endpoint_key`` names the endpoint
    without giving it away.

    ``link_version`` is of the link that a requester's came by: it is told no more when that was
    revoked. ``told_entry`` is the newest timeline entry that a requester knows of. ``failures`` are refusals
    in a row; ``gone_at`` is when it ended.
    """

    __tablename__ = "push_subscriptions"
    __table_args__ = (
        one_of("language", Language),
        CheckConstraint("(user_id IS NULL) <> (request_id IS NULL)", name="owner"),
        UniqueConstraint("user_id", "endpoint_key"),
        UniqueConstraint("request_id", "endpoint_key"),
        # A browser has one endpoint for all that it subscribes to: it ends for all together.
        Index("ix_push_subscriptions_endpoint_key", "endpoint_key"),
        Index(
            "ix_push_subscriptions_gone_at", "gone_at", postgresql_where=text("gone_at IS NOT NULL")
        ),
    )

    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    request_id: Mapped[int | None] = mapped_column(
        ForeignKey("maintenance_requests.id", ondelete="CASCADE")
    )
    link_version: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    endpoint: Mapped[str]
    endpoint_key: Mapped[str]
    p256dh: Mapped[str]
    auth: Mapped[str]
    language: Mapped[str]
    user_agent: Mapped[str] = mapped_column(default="", server_default="")
    told_entry: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    gone_at: Mapped[datetime | None]
