"""Kept counters: triggers append deltas in the writer's transaction, one folder adds them up.

A hot counter row per category would make every intake wait for every other; an append-only table
does not, and a reader adds the few deltas that are not folded yet, so the numbers are exact.
"""

from datetime import date, datetime

from sqlalchemy import Date, Numeric, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Numbered


class StatisticDelta(Numbered):
    """``n`` is +1 or -1 times the rows; ``seconds`` is from report to completion."""

    __tablename__ = "statistic_deltas"

    day: Mapped[date] = mapped_column(Date)
    category: Mapped[str]
    priority: Mapped[str]
    status: Mapped[str]
    n: Mapped[int]
    seconds: Mapped[float] = mapped_column(Numeric(asdecimal=False))


class StatisticCount(Base):
    """``dimension`` is category, priority, status or day."""

    __tablename__ = "statistic_counts"

    dimension: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int]
    seconds: Mapped[float] = mapped_column(Numeric(asdecimal=False), default=0)


class StatisticState(Base):
    """One row: when the counters were last folded and last recounted from the requests."""

    __tablename__ = "statistic_states"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    folded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    rebuilt_at: Mapped[datetime | None]
    drift: Mapped[int] = mapped_column(default=0, server_default="0")
