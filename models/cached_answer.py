"""The cached AI answer about a text. A row without an answer means that a worker is asking now."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class CachedAnswer(Base):
    __tablename__ = "cached_answers"

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    asked_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


class Counter(Base):
    """Numbers that are kept when processes end, for the metrics."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(default=0, server_default="0")
