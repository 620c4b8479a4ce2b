"""The numbers of the dashboard as bars: sizes for the templates, which draw them as SVG."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from models.words import Category, Priority, Status
from web.pages.translations import name_of

ORDER: dict[str, type[Category] | type[Priority] | type[Status]] = {
    "category": Category,
    "priority": Priority,
    "status": Status,
}


@dataclass(frozen=True, slots=True)
class Bar:
    """``share`` is the length in percent of the longest bar."""

    word: str
    name: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Column:
    """One day; ``height`` is in percent of the highest."""

    day: date
    count: int
    height: float


def bars_of(kind: str, counts: Mapping[str, int]) -> list[Bar]:
    """One bar for each word; of the many categories only those that occur."""
    highest = max(counts.values(), default=0) or 1
    return [
        Bar(word.value, name_of(kind, word.value), n, round(100 * n / highest, 1))
        for word in ORDER[kind]
        if (n := counts.get(word.value, 0)) or kind != "category"
    ]


def columns_of(by_day: Mapping[str, int], *, last: date, days: int = 30) -> list[Column]:
    """One column a day up to ``last``, the empty days too; keys are ISO dates."""
    wanted = [last - timedelta(days=back) for back in range(days - 1, -1, -1)]
    counts = [by_day.get(day.isoformat(), 0) for day in wanted]
    highest = max(counts, default=0) or 1
    return [
        Column(day, n, round(100 * n / highest, 1)) for day, n in zip(wanted, counts, strict=True)
    ]
