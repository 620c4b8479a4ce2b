"""Writing requests: for programs exactly, for people in their words."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Row

from models.serializers import moment
from models.words import LABELS, label
from web.spreadsheets.columns import COLUMNS, HEADINGS
from web.spreadsheets.csv_cells import BOM, guard, local_time

Rows = Sequence[Row[Any]]
_MOMENTS = ("created_at", "updated_at", "completed_at")


def csv_for_people(pages: Iterable[Rows], *, language: str, timezone: ZoneInfo) -> Iterator[bytes]:
    """CSV that a spreadsheet opens: headings, words and wall-clock times as people know them."""

    def cells(row: Row[Any]) -> list[str]:
        return [_for_people(name, getattr(row, name), language, timezone) for name in COLUMNS]

    return _csv([HEADINGS[name][language] for name in COLUMNS], pages, cells)


def _for_people(name: str, value: Any, language: str, timezone: ZoneInfo) -> str:
    if name in LABELS:
        return label(name, value, language)
    if name in _MOMENTS:
        return local_time(value, timezone)
    return _plain(value)


def csv_for_programs(pages: Iterable[Rows]) -> Iterator[bytes]:
    """CSV with the API's names, words and times; reads back to the same requests."""

    def cells(row: Row[Any]) -> list[str]:
        values = as_member(row)
        return [_plain(values[name]) for name in COLUMNS]

    return _csv(list(COLUMNS), pages, cells)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def jsonl(pages: Iterable[Rows]) -> Iterator[bytes]:
    """One JSON object in a line, with the API's names, words and times."""
    for rows in pages:
        yield b"".join(
            orjson.dumps(as_member(row), option=orjson.OPT_APPEND_NEWLINE) for row in rows
        )


def as_member(row: Row[Any]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in COLUMNS}
    return {**values, **{name: moment(values[name]) for name in _MOMENTS}}


def csv_table(headings: list[str], rows: list[list[str]]) -> bytes:
    """A small table that a spreadsheet opens."""
    guarded = [[guard(cell) for cell in row] for row in rows]
    return _lines([headings], mark=BOM) + _lines(guarded)


def _csv(
    headings: list[str], pages: Iterable[Rows], cells: Callable[[Row[Any]], list[str]]
) -> Iterator[bytes]:
    yield _lines([headings], mark=BOM)
    for rows in pages:
        if rows:
            yield _lines([[guard(cell) for cell in cells(row)] for row in rows])


def _lines(rows: list[list[str]], mark: str = "") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return (mark + text.getvalue()).encode()
