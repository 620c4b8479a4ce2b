"""How content a requester is with the work on their request."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, now

LOWEST, HIGHEST = 1, 5


class Rating(Base):
    """One of each request at most; ``words`` are the requester's, and may be empty."""

    __tablename__ = "ratings"
    __table_args__ = (
        CheckConstraint(f"stars BETWEEN {LOWEST} AND {HIGHEST}", name="stars_in_range"),
    )

    request_id: Mapped[int] = mapped_column(
        ForeignKey("maintenance_requests.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    stars: Mapped[int] = mapped_column(SmallInteger)
    words: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
