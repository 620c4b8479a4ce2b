"""What the dashboard shows: numbers in words, charts, and the list behind each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import url_for

from models.charts import Chart, Shape, days_chart, names_chart, words_chart
from models.day_span import Days
from models.queries.figures import Figures, Spread
from models.rating import HIGHEST
from models.words import LABELS
from web.api.stats import read_asked
from web.figures_query import FiguresQuery
from web.http.language import current_language
from web.pages.times import show_day
from web.pages.translations import name_of, say

FILTERS = ("category", "priority", "status", "location", "assignee")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, as a spreadsheet takes it and (``value``) as people read it: ``note`` says more
    about it, ``before`` is that of the span before, ``link`` is the list behind it."""

    key: str
    number: float | None
    value: str
    note: str
    link: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the page, the spreadsheet and the document have in common."""

    days: Days
    figures: Figures
    filters: dict[str, Any]
    shown: list[Figure]
    charts: list[Chart]


def read_dashboard(query: FiguresQuery) -> Dashboard:
    """Raises Problem: the days make no sense."""
    days, figures = read_asked(query)
    filters = {name: value for name in FILTERS if (value := getattr(query, name))}
    lists = _Lists(days, filters)
    return Dashboard(days, figures, filters, _figures(figures, lists), _charts(figures, lists))


class _Lists:
    """Addresses of the lists behind the numbers: the dashboard's own filters, and one more."""

    def __init__(self, days: Days, filters: Mapping[str, Any]) -> None:
        self._days, self._filters = days, filters

    def received(self, **more: Any) -> str:
        return self._all(created_from=self._days.first, created_to=self._days.last, **more)

    def received_on(self, day: date) -> str:
        return self._all(created_from=day, created_to=day)

    def completed(self, **more: Any) -> str:
        return self._all(completed_from=self._days.first, completed_to=self._days.last, **more)

    def completed_on(self, day: date) -> str:
        return self._all(completed_from=day, completed_to=day)

    def open_at(self, day: date) -> str:
        return self._all(open_at=day)

    def open(self) -> str:
        return self._list(view="open")

    def wanted(self, kind: str, counts: Mapping[str, int]) -> dict[str, int]:
        """The words that the filters leave: the others would be no list within them."""
        chosen = self._filters.get(kind)
        return {word: n for word, n in counts.items() if not chosen or word in chosen}

    def _all(self, **more: Any) -> str:
        return self._list(view="all", **more)

    def _list(self, **more: Any) -> str:
        args = urlencode({**self._filters, **more}, doseq=True)
        return f"{url_for('pages.show_desk')}?{args}"


def _figures(figures: Figures, lists: _Lists) -> list[Figure]:
    return [
        Figure("open", figures.open, f"{figures.open:,}", "", lists.open()),
        _compared("received", figures.received, figures.received_before, lists.received()),
        _compared("completed", figures.completed, figures.completed_before, lists.completed()),
        _hours("first_answer", figures.hours_to_first_answer, lists.received()),
        _hours("completion", figures.hours_to_complete, lists.completed()),
        _triage(figures, lists.received(corrected="true")),
        _rating(figures, lists.completed(rating=list(figures.by_rating))),
    ]


def _compared(key: str, count: int, before: int, link: str) -> Figure:
    note = say("dashboard.before", count=f"{before:,}")
    return Figure(key, count, f"{count:,}", note, link, str(before))


def _hours(key: str, spread: Spread, link: str) -> Figure:
    if spread.median is None:
        return Figure(key, None, "–", say("dashboard.no_hours"), link)
    note = say("dashboard.ninetieth", hours=f"{spread.ninetieth:,.1f}", count=f"{spread.count:,}")
    value = say("dashboard.hours_value", hours=f"{spread.median:,.1f}")
    return Figure(key, spread.median, value, note, link)


def _triage(figures: Figures, link: str) -> Figure:
    corrected, judged = figures.corrected, figures.judged
    note = say("dashboard.corrected", corrected=f"{corrected:,}", judged=f"{judged:,}")
    share = 1 - corrected / judged if judged else None
    shown = "–" if share is None else f"{share:.0%}"
    return Figure("triage_right", share if share is None else round(share, 4), shown, note, link)


def _rating(figures: Figures, link: str) -> Figure:
    mean = figures.mean_rating
    note = say("dashboard.rated", count=f"{figures.rated:,}")
    return Figure("rating", mean, "–" if mean is None else f"{mean:.1f} / {HIGHEST}", note, link)


def _rating_chart(figures: Figures, lists: _Lists) -> Chart:
    """The best first."""
    stars_of = {f"{stars} · {say(f'rating.star.{stars}')}": stars for stars in figures.by_rating}
    counts = {name: figures.by_rating[stars] for name, stars in reversed(stars_of.items())}
    return names_chart("rating", counts, lambda name: lists.completed(rating=stars_of[name]))


def _charts(figures: Figures, lists: _Lists) -> list[Chart]:
    language = current_language()

    def name(day: date) -> str:
        return show_day(language, day)

    days = figures.days
    return [
        days_chart(
            "received",
            [(day.day, day.received, day.received_before) for day in days],
            name=name,
            link=lists.received_on,
        ),
        days_chart(
            "completed",
            [(day.day, day.completed, day.completed_before) for day in days],
            name=name,
            link=lists.completed_on,
        ),
        days_chart(
            "backlog",
            [(day.day, day.backlog, None) for day in days],
            shape=Shape.LINE,
            name=name,
            link=lists.open_at,
        ),
        *(
            words_chart(
                kind,
                lists.wanted(kind, getattr(figures, f"by_{kind}")),
                language,
                link=lambda word, kind=kind: lists.received(**{kind: word}),  # type: ignore[misc]
            )
            for kind in ("category", "priority", "status")
        ),
        names_chart("location", figures.by_location, lambda place: lists.received(place=place)),
        names_chart("assignee", figures.by_assignee, lambda who: lists.received(assignee=who)),
        _rating_chart(figures, lists),
    ]


def filters_in_words(filters: Mapping[str, Any]) -> list[str]:
    """``Category: Plumbing, Electrical`` and so on."""
    words = []
    for kind, value in filters.items():
        values = value if isinstance(value, list) else [value]
        names = [str(name_of(kind, one)) if kind in LABELS else str(one) for one in values]
        words.append(f"{say(f'fact.{kind}')}: {', '.join(names)}")
    return words
