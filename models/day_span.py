"""Days in a row, as figures are counted in: a period by its name, or from one day to another."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

MOST_DAYS = 366


class PeriodName(StrEnum):
    """A number is so many days up to today."""

    TODAY = "today"
    WEEK = "7"
    MONTH = "30"
    QUARTER = "90"
    THIS_MONTH = "month"


@dataclass(frozen=True, slots=True)
class Days:
    """From ``first`` to ``last``, both included."""

    first: date
    last: date

    @classmethod
    def of(cls, period: PeriodName, today: date) -> "Days":
        if period == PeriodName.THIS_MONTH:
            return cls(today.replace(day=1), today)
        length = 1 if period == PeriodName.TODAY else int(period)
        return cls(today - timedelta(days=length - 1), today)

    @property
    def before(self) -> "Days":
        """As many days, right before these."""
        length = timedelta(days=len(self))
        return Days(self.first - length, self.last - length)

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=number) for number in range(len(self)))
