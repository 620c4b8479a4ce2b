"""The dashboard as a spreadsheet, and as one sheet of paper (A4)."""

from collections.abc import Sequence
from datetime import datetime

from config.settings import get_settings
from models.chart_svg import INK, SOFT, document, draw, height_of, text
from models.charts import Chart
from web.http.language import current_language
from web.pages.figures import Dashboard, Figure
from web.pages.times import show_moment
from web.pages.translations import say
from web.spreadsheets.exporting import csv_table

_WIDTH, _HEIGHT, _EDGE, _GAP = 595.0, 842.0, 36.0, 18.0  # points
_COLUMN = (_WIDTH - 2 * _EDGE - _GAP) / 2


def figures_csv(board: Dashboard) -> bytes:
    """Each number in a row: what it belongs to, its name, itself, and that of the span before."""
    headings = [str(say(f"dashboard.{key}")) for key in ("part", "name", "value", "before_column")]
    span = f"{board.days.first} ~ {board.days.last}"
    rows = [
        [
            span,
            str(say(f"dashboard.{one.key}")),
            "" if one.number is None else str(one.number),
            one.before,
        ]
        for one in board.shown
    ]
    for chart in board.charts:
        title = str(say(f"dashboard.by_{chart.key}"))
        rows += [
            [title, mark.name, str(mark.value), "" if mark.before is None else str(mark.before)]
            for mark in chart.marks
        ]
    return csv_table(headings, rows)


def figures_svg(board: Dashboard, *, filters: Sequence[str], computed_at: datetime) -> str:
    """The sheet: figures above, then the days, then the bars in two columns."""
    whole = _WIDTH - 2 * _EDGE
    moment = show_moment(current_language(), get_settings().timezone, computed_at)
    parts = [
        text(_EDGE, 52, f"{say('brand')} · {say('dashboard.title')}", size=18),
        text(_EDGE, 70, f"{board.days.first} ~ {board.days.last}", size=11),
        text(
            _WIDTH - _EDGE,
            70,
            str(say("dashboard.computed", moment=moment)),
            size=9,
            colour=SOFT,
            anchor="end",
        ),
        text(_EDGE, 84, " · ".join(filters), size=9, colour=SOFT, fit=whole),
    ]
    parts += _figures(board.shown, 106)
    charts = {chart.key: chart for chart in board.charts}
    parts.append(text(_EDGE, 195, _ratings(charts["rating"]), size=8, colour=SOFT, fit=whole))
    y = 214.0
    for key in ("received", "completed", "backlog"):
        parts.append(_titled(charts[key], _EDGE, y, whole))
        y += 92
    columns = [y, y]
    for side, keys in enumerate((("category", "location"), ("priority", "status", "assignee"))):
        for key in keys:
            parts.append(
                _titled(charts[key], _EDGE + side * (_COLUMN + _GAP), columns[side], _COLUMN)
            )
            columns[side] += height_of(charts[key], step=_STEP) + 28
    return document(parts, width=_WIDTH, height=_HEIGHT)


def _ratings(chart: Chart) -> str:
    """The chart as a line: the sheet has no room for more bars."""
    counts = " / ".join(f"{mark.name}: {mark.value}" for mark in chart.marks)
    return f"{say('dashboard.by_rating')} — {counts}"


_STEP = 13.5  # of the bars: all words of all charts fit on the sheet


# In the second line, where there is room for what is said about them.
_LONG = ("first_answer", "completion", "rating")


def _figures(figures: Sequence[Figure], y: float) -> list[str]:
    """In two lines."""
    first = [one for one in figures if one.key not in _LONG]
    return [*_line(first, y), *_line([one for one in figures if one.key in _LONG], y + 46)]


def _line(figures: Sequence[Figure], y: float) -> list[str]:
    step = (_WIDTH - 2 * _EDGE) / len(figures)
    return [
        text(_EDGE + number * step, y + below, words, size=size, colour=colour, fit=step - 6)
        for number, figure in enumerate(figures)
        for below, words, size, colour in (
            (0.0, str(say(f"dashboard.{figure.key}")), 9.0, SOFT),
            (18.0, figure.value, 16.0, INK),
            (30.0, figure.note, 8.0, SOFT),
        )
    ]


def _titled(chart: Chart, x: float, y: float, width: float) -> str:
    title = text(x, y, str(say(f"dashboard.by_{chart.key}")), size=11)
    return title + draw(chart, x, y + 6, width, columns=72, step=_STEP)
