"""Which figures a query string asks for: a period or days, and the list's filters."""

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from models.day_span import MOST_DAYS, Days, PeriodName
from models.queries.requests import Filter
from models.user import Person
from web.api.list_pages import filter_of
from web.http.parsing import field_problem
from web.list_query import SearchQuery, WordsQuery, read_day

# The calendar has to hold the days before these as well, and as many again.
EARLIEST = date(1900, 1, 1)

_SPAN = ("period", "created_from", "created_to")
_Day = Annotated[
    date | None,
    BeforeValidator(read_day),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "maxLength": 0}]}
    ),
]


class FiguresQuery(WordsQuery):
    """An empty value counts as not given."""

    period: Annotated[
        PeriodName | None,
        BeforeValidator(lambda value: value or None),
        WithJsonSchema({"type": "string", "enum": [*PeriodName, ""]}),
    ] = Field(
        default=None,
        description="Days up to today, or this month. Unless said: from created_from to created_to, "
        "or the last 30 days.",
    )
    created_from: _Day = Field(default=None, description="A day of the house.")
    created_to: _Day = Field(
        default=None, description=f"A day of the house, at most {MOST_DAYS} days with the first."
    )

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, name) for name in type(self).model_fields)


def days_of(query: FiguresQuery, today: date) -> Days:
    """The days that are meant, ``today`` being the last one unless it is said otherwise.

    Raises:
        Problem: the last comes before the first, they are too early, or too many.
    """
    for name in ("created_from", "created_to"):
        if (day := getattr(query, name)) and day < EARLIEST:
            raise field_problem(name, "greater_than_equal", ge=EARLIEST)
    if query.period or not (query.created_from or query.created_to):
        return Days.of(query.period or PeriodName.MONTH, today)
    last = query.created_to or max(today, query.created_from or today)
    days = Days(query.created_from, last) if query.created_from else Days.of(PeriodName.MONTH, last)
    if days.last < days.first:
        raise field_problem("created_to", "before_first_day")
    if len(days) > MOST_DAYS:
        raise field_problem("created_from", "too_many_days", most=MOST_DAYS)
    return days


def figures_filter(query: FiguresQuery, user: Person) -> Filter:
    """What the query leaves, whenever it was submitted."""
    return filter_of(SearchQuery.model_validate(query.model_dump(exclude=set(_SPAN))), user)
