"""Users and their logins."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Numbered, now, one_of
from models.words import Language, Role


class User(Numbered):
    """``username`` is folded to lower case; it may be an e-mail address."""

    __tablename__ = "users"
    __table_args__ = (one_of("role", Role), one_of("language", Language))

    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(default=Role.OPERATOR)
    language: Mapped[str] = mapped_column(default=Language.KOREAN)
    active: Mapped[bool] = mapped_column(default=True)
    # Not used any more (see ``models.login_place``). They stay for as long as processes of an older
    # version may still read them.
    failed_logins: Mapped[int] = mapped_column(default=0, server_default="0")
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())


@dataclass(frozen=True, slots=True)
class Person:
    """The user who makes a call: read once per call, detached from the database."""

    id: int
    username: str
    name: str
    role: str


class LoginSession(Numbered):
    """One login and the family of refresh tokens that were issued for it.

    ``current_refresh`` is the jti of the only refresh token that still works. If an older one is
    used, somebody copied it, and the whole family is revoked (RFC 9700, section 4.14.2).
    """

    __tablename__ = "login_sessions"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    current_refresh: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()
