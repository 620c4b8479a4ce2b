"""What a change that can still be undone has replaced."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class ReversibleChange(Base):
    """One request's part of the changes that carry one ``token``. ``version`` is the request's after
    the change: another one means that somebody has changed it since. ``run_id`` is the run of the
    requester's mail, which waits as long as the change can be undone; 0 if there is no mail."""

    __tablename__ = "reversible_changes"
    __table_args__ = (Index("ix_reversible_changes_created_at", "created_at"),)

    token: Mapped[str] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(
        ForeignKey("maintenance_requests.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    version: Mapped[int]
    previous: Mapped[dict[str, Any]]
    corrections: Mapped[list[Any]]
    run_id: Mapped[int]
    # By the database's clock, which says too when it is too late.
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
