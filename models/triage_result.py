"""An engine's answer about a request, stored unchanged."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Numbered, now


class TriageResult(Numbered):
    __tablename__ = "triage_results"
    __table_args__ = (
        CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
        Index("ix_triage_results_request_id_id", "request_id", "id"),
    )

    request_id: Mapped[int] = mapped_column(
        ForeignKey("maintenance_requests.id", ondelete="CASCADE")
    )
    category: Mapped[str]
    priority: Mapped[str]
    confidence: Mapped[float]
    reason: Mapped[str]
    language: Mapped[str]
    model: Mapped[str]
    prompt_version: Mapped[str] = mapped_column(default="")
    degraded: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
