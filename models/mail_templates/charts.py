"""Vega-Lite specifications of the charts, the same for the page, the mail and the file."""

from collections.abc import Mapping
from typing import Any

from models.words import Category, Priority, Status, label

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"

COLOURS = {
    "priority": {
        "urgent": "#b42318",
        "high": "#d97706",
        "medium": "#0e7490",
        "low": "#64748b",
        "pending": "#cbd5e1",
    },
    "status": {
        "pending": "#d97706",
        "in_progress": "#0e7490",
        "on_hold": "#7c3aed",
        "completed": "#15803d",
        "cancelled": "#94a3b8",
    },
}
_ORDER = {"category": Category, "priority": Priority, "status": Status}
_FONT = (
    "Noto Sans CJK KR, Noto Sans KR, NanumGothic, Apple SD Gothic Neo, Malgun Gothic, sans-serif"
)


def counts_chart(kind: str, counts: Mapping[str, int], language: str) -> dict[str, Any]:
    """Horizontal bars of one of ``category``, ``priority``, ``status``, in the enumeration's order."""
    names = [word.value for word in _ORDER[kind] if counts.get(word.value)]
    values = [{"name": label(kind, name, language), "n": counts[name]} for name in names]
    colours = COLOURS.get(kind, {})
    encoding: dict[str, Any] = {
        "y": {
            "field": "name",
            "type": "nominal",
            "sort": [value["name"] for value in values],
            "title": None,
        },
        "x": _count_axis(),
    }
    if colours:
        encoding["color"] = {
            "field": "name",
            "type": "nominal",
            "legend": None,
            "scale": {
                "domain": [value["name"] for value in values],
                "range": [colours[name] for name in names],
            },
        }
    return _chart(values, encoding, height={"step": 26})


def days_chart(by_day: Mapping[str, int]) -> dict[str, Any]:
    """Vertical bars, one per day; keys are ISO dates."""
    values = [{"day": day, "n": n} for day, n in sorted(by_day.items())]
    encoding = {
        "x": {
            "field": "day",
            "type": "temporal",
            "timeUnit": "utcyearmonthdate",
            "title": None,
            "axis": {"format": "%m-%d", "labelOverlap": True},
        },
        "y": _count_axis(),
    }
    return _chart(values, encoding, height=180)


def report_chart(numbers: Mapping[str, Any], language: str = "ko") -> dict[str, Any]:
    """The chart of a report: by day if it has several, else by category; 560 pixels wide."""
    by_day = numbers.get("by_day", {})
    chart = (
        days_chart(by_day)
        if len(by_day) > 1
        else counts_chart("category", numbers.get("by_category", {}), language)
    )
    return {**chart, "width": 560, "background": "white"}


def _count_axis() -> dict[str, Any]:
    return {
        "field": "n",
        "type": "quantitative",
        "title": None,
        "axis": {"tickMinStep": 1, "format": "d", "grid": True},
    }


def _chart(
    values: list[dict[str, Any]], encoding: dict[str, Any], *, height: Any
) -> dict[str, Any]:
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": height,
        "background": None,
        "data": {"values": values},
        "mark": {"type": "bar", "color": "#0e7490", "cornerRadiusEnd": 3, "tooltip": True},
        "encoding": encoding,
        "config": {
            "font": _FONT,
            "view": {"stroke": None},
            "axis": {"labelFontSize": 13, "gridColor": "#e2e8f0", "domain": False, "ticks": False},
        },
    }
