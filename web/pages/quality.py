"""Shares of right answers as the templates draw them: by week, by category, in all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from models.queries.triage_quality import WeekCount
from models.words import Category
from web.http.language import current_language
from web.pages.times import show_date
from web.pages.translations import say

WEEKS = 12


@dataclass(frozen=True, slots=True)
class Tally:
    """How many were judged and how many were right."""

    judged: int
    right_category: int
    right_priority: int

    @property
    def category_share(self) -> float | None:
        """From 0 to 1; None where nothing was judged."""
        return self.right_category / self.judged if self.judged else None

    @property
    def priority_share(self) -> float | None:
        return self.right_priority / self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class Week:
    day: date
    tally: Tally


@dataclass(frozen=True, slots=True)
class Line:
    """One category over the weeks."""

    category: str
    total: Tally
    weeks: list[Week]


@dataclass(frozen=True, slots=True)
class Quality:
    """One language: every week, the empty ones too, and each category that occurred."""

    total: Tally
    weeks: list[Week]
    lines: list[Line]


def total_of(counts: Iterable[WeekCount]) -> Tally:
    found = list(counts)
    return Tally(
        sum(c.judged for c in found),
        sum(c.right_category for c in found),
        sum(c.right_priority for c in found),
    )


def quality_of(counts: Sequence[WeekCount], language: str, *, first: date) -> Quality:
    """The counts of one language from the week of ``first`` (a Monday) on."""
    ours = [count for count in counts if count.language == language]
    by_category = {word.value: [c for c in ours if c.category == word] for word in Category}
    return Quality(
        total_of(ours),
        _weeks(ours, first),
        [
            Line(name, total_of(found), _weeks(found, first))
            for name, found in by_category.items()
            if found
        ],
    )


def _weeks(counts: Sequence[WeekCount], first: date) -> list[Week]:
    days = [first + timedelta(weeks=number) for number in range(WEEKS)]
    return [Week(day, total_of(c for c in counts if c.week == day)) for day in days]


def percent(share: float | None) -> str:
    """``87%``, or a dash where there is nothing to take a share of."""
    return "–" if share is None else f"{share:.0%}"


def weeks_in_words(weeks: Sequence[Week]) -> str:
    """All weeks with something in them, for those who cannot see the chart."""
    said = [
        say(
            "triage.week_value",
            day=show_date(current_language(), week.day),
            share=percent(week.tally.category_share),
            count=week.tally.judged,
        )
        for week in weeks
        if week.tally.judged
    ]
    return say("triage.weeks_alt", values=Markup(", ").join(said) or say("triage.none"))
