"""Stored counters: triggers append deltas in the writer's transaction, and a task adds them up.

One counter row per category would be locked by every intake in turn. An append-only table has no
such lock, and a reader adds the few deltas that are not folded in yet, so the numbers are exact.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Date, Numeric, SmallInteger, Table, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base

# ``n`` is +1 or -1 times the rows; ``seconds`` is the time from report to completion. Triggers
# append rows and a fold deletes all of them at once, so the table needs no key.
STATISTIC_DELTAS = Table(
    "statistic_deltas",
    Base.metadata,
    Column("day", Date, nullable=False),
    Column("category", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("seconds", Numeric(asdecimal=False), nullable=False),
)


class StatisticCount(Base):
    """``dimension`` is category, priority, status or day."""

    __tablename__ = "statistic_counts"

    dimension: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int]
    seconds: Mapped[float] = mapped_column(Numeric(asdecimal=False), default=0)


class StatisticState(Base):
    """One row: when the counters were last folded and last recounted from the requests, and the zone
    whose days are counted (NULL: not known)."""

    __tablename__ = "statistic_states"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    folded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    rebuilt_at: Mapped[datetime | None]
    drift: Mapped[int] = mapped_column(default=0, server_default="0")
    timezone: Mapped[str | None]
