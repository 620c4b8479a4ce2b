"""Charts as specifications: what is drawn, not how. The dashboard, its PDF and the report mail are
made from the same ones."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.words import Category, Priority, Status, label

WORDS: dict[str, type[Category] | type[Priority] | type[Status]] = {
    "category": Category,
    "priority": Priority,
    "status": Status,
}


class Shape(StrEnum):
    BARS = "bars"
    COLUMNS = "columns"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Mark:
    """A bar, a column or a point: ``before`` is the value to compare with, ``colour`` the name of
    one, ``link`` the list of what is counted."""

    name: str
    value: int
    before: int | None = None
    colour: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """``key`` tells the charts of a page apart."""

    key: str
    shape: Shape
    marks: tuple[Mark, ...]

    @property
    def highest(self) -> int:
        return max((max(mark.value, mark.before or 0) for mark in self.marks), default=0)

    @property
    def compares(self) -> bool:
        return any(mark.before is not None for mark in self.marks)

    def share(self, value: int) -> float:
        """From 0 to 100: how long a bar of this value is, beside the longest."""
        return round(100 * value / (self.highest or 1), 1)


def words_chart(
    kind: str,
    counts: Mapping[str, int],
    language: str,
    link: Callable[[str], str] = lambda _word: "",
) -> Chart:
    """Bars of what is counted of ``category``, ``priority`` or ``status``, in the order of the words;
    of the many categories only those that occur."""
    marks = (
        Mark(label(kind, word, language), counts[word], colour=f"{kind}-{word}", link=link(word))
        for word in WORDS[kind]
        if counts.get(word) or (word in counts and kind != "category")
    )
    return Chart(kind, Shape.BARS, tuple(marks))


def names_chart(
    key: str, counts: Mapping[str, int], link: Callable[[str], str] = lambda _name: ""
) -> Chart:
    """Bars of what people wrote, such as places, in the order given."""
    marks = (Mark(name, n, link=link(name)) for name, n in counts.items())
    return Chart(key, Shape.BARS, tuple(marks))


def days_chart(
    key: str,
    days: Iterable[tuple[date, int, int | None]],
    *,
    shape: Shape = Shape.COLUMNS,
    name: Callable[[date], str] = date.isoformat,
    link: Callable[[date], str] = lambda _day: "",
) -> Chart:
    """One mark a day: the day, its value, and the value to compare with."""
    marks = (Mark(name(day), value, before, link=link(day)) for day, value, before in days)
    return Chart(key, shape, tuple(marks))
