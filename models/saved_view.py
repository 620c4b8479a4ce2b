"""A list that somebody wants to see again: its filters, by a name."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Numbered, now


class SavedView(Numbered):
    """``query`` is the query string of the list's address; a ``shared`` one is there for everybody."""

    __tablename__ = "saved_views"
    __table_args__ = (
        Index("ix_saved_views_user_id", "user_id"),
        Index("ix_saved_views_shared", "id", postgresql_where=text("shared")),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str]
    query: Mapped[str]
    shared: Mapped[bool] = mapped_column(default=False, server_default="false")
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
