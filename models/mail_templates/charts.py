"""The picture in the mail of a report."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from models.chart_svg import document, draw, height_of
from models.charts import Chart, days_chart, words_chart

_WIDTH, _EDGE = 560.0, 16.0  # points


def report_chart(numbers: Mapping[str, Any], language: str = "ko") -> Chart:
    """What a report shows: by day if it has several, else by category."""
    by_day = numbers.get("by_day", {})
    if len(by_day) > 1:
        days = ((date.fromisoformat(day), n, None) for day, n in sorted(by_day.items()))
        return days_chart("received", days)
    return words_chart("category", numbers.get("by_category", {}), language)


def report_picture(numbers: Mapping[str, Any], language: str = "ko") -> str:
    """The chart of a report as an SVG file, 560 points wide."""
    chart = report_chart(numbers, language)
    drawn = draw(chart, _EDGE, _EDGE, _WIDTH - 2 * _EDGE)
    return document([drawn], width=_WIDTH, height=height_of(chart) + 2 * _EDGE)
