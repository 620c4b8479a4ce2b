"""One-time links by mail: into a new account, or to a new password."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Numbered, now, one_of
from models.words import Language, Role


class LinkPurpose(StrEnum):
    INVITATION = "invitation"
    PASSWORD = "password"  # noqa: S105 - a purpose


class AccountLink(Numbered):
    """``token_hash`` is the SHA-256 of what stands in the link, in hexadecimal; the token itself is
    kept nowhere. ``address`` is folded as usernames are.

    ``role``, ``language`` and ``invited_by`` are an invitation's; ``user_id`` is whose password it
    is, and None where nobody has the address.
    """

    __tablename__ = "account_links"
    __table_args__ = (
        one_of("purpose", LinkPurpose),
        one_of("role", Role),
        one_of("language", Language),
        Index("ix_account_links_address", "address", "created_at"),
        Index("ix_account_links_user_id", "user_id"),
    )

    purpose: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    address: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(default=Role.OPERATOR)
    language: Mapped[str] = mapped_column(default=Language.KOREAN)
    invited_by: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
