"""A prepared reply to requesters, in one language."""

from datetime import datetime

from sqlalchemy import UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Numbered, now, one_of
from models.words import Language


class CannedReply(Numbered):
    """``text`` has placeholders, see ``models.services.canned_replies``; ``updated_by`` is the name
    of who wrote it last."""

    __tablename__ = "canned_replies"
    __table_args__ = (one_of("language", Language), UniqueConstraint("language", "title"))

    language: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    updated_by: Mapped[str] = mapped_column(default="", server_default="")
    updated_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}
