"""From where somebody tries to log in to an account."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

# The place of a row that counts for all places together.
ANYWHERE = ""


class LoginPlace(Base):
    """``place`` is a network as ``address:...`` or ``ANYWHERE``.

    ``failures`` are the wrong passwords since ``counted_from``; ``locked_until`` is the end of the
    wait that they caused; ``login_at`` is the last right password from there; ``told_at`` (of
    ``ANYWHERE``) is when the owner was last told.
    """

    __tablename__ = "login_places"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    place: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    counted_from: Mapped[datetime]
    locked_until: Mapped[datetime | None]
    login_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
