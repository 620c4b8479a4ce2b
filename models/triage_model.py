"""A trained classifier. Workers load it from the database, the only thing that all hosts share."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Numbered, now


class TriageModel(Numbered):
    """``features`` names the code that extracted features in training; other code must not use the
    model. ``scores`` are those on the test set."""

    __tablename__ = "triage_models"
    __table_args__ = (
        CheckConstraint("version <> ''", name="version"),
        Index("uq_triage_models_active", "active", unique=True, postgresql_where=text("active")),
    )

    version: Mapped[str] = mapped_column(unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    features: Mapped[str]
    scores: Mapped[dict[str, Any]]
    examples: Mapped[int]
    active: Mapped[bool] = mapped_column(default=False, server_default="false")
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
