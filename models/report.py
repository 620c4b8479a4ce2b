"""A summary of a span of days, scheduled or requested, with the numbers at the time it was built."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Numbered, now, one_of


class ReportKind(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"


class Report(Numbered):
    """Covers ``first_day`` to ``last_day``, both included, in the building's time zone."""

    __tablename__ = "reports"
    __table_args__ = (one_of("kind", ReportKind),)

    kind: Mapped[str]
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    # Chosen when it was ordered; NULL where the release before ordered it.
    recipients: Mapped[list[Any] | None]
    numbers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    chart: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
