"""A rule that says which team gets a request."""

from datetime import datetime

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Numbered, now, one_of
from models.words import Category


class AssignmentRule(Numbered):
    """The first one that fits a request says whose it is, by ``position``. Without a ``category`` it
    fits any, without a ``place`` it fits everywhere; ``pattern`` is the place as a regular expression
    for locations in their folded form."""

    __tablename__ = "assignment_rules"
    __table_args__ = (one_of("category", Category),)

    category: Mapped[str | None]
    place: Mapped[str] = mapped_column(default="", server_default="")
    pattern: Mapped[str] = mapped_column(default="", server_default="")
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
