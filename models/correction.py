"""An operator's correction of a triage answer; ``was`` equals ``became`` where it was confirmed."""

from datetime import datetime

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Numbered, now


class Correction(Numbered):
    __tablename__ = "corrections"

    request_id: Mapped[int] = mapped_column(
        ForeignKey("maintenance_requests.id", ondelete="CASCADE"), index=True
    )
    field: Mapped[str]
    was: Mapped[str]
    became: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
