"""Where a CSV names its columns: not always in its first line."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from web.spreadsheets.columns import column_of
from web.spreadsheets.texts import UnreadableFile

DELIMITERS = (",", ";", "\t")
LOOKED_AT = 20  # lines, in which titles and empty rows may stand above the headings
# By which a file tells Excel its delimiter, in a line of its own before all others.
_TOLD = re.compile(r'"?sep=([,;\t|])"?[\s,;]*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Headings:
    """``rows_above`` are rows of cells, each of which may have several lines."""

    delimiter: str
    rows_above: int
    cells: list[str]


def find_headings(beginning: Sequence[str]) -> Headings:
    """In the first lines of a file: the row that names most columns, one of them the description.

    Raises:
        UnreadableFile: there is none.
    """
    told = _TOLD.fullmatch(beginning[0]) if beginning else None
    delimiters = (told[1],) if told else DELIMITERS
    found = [one for delimiter in delimiters for one in _rows(beginning, delimiter)]
    if not found:
        first = next((line.strip() for line in beginning if line.strip()), "")
        raise UnreadableFile("no_headings", lines=LOOKED_AT, first=first[:200])
    return max(found, key=lambda one: (_named(one.cells), -one.rows_above))


def _rows(beginning: Sequence[str], delimiter: str) -> list[Headings]:
    rows = []
    try:
        for number, cells in enumerate(csv.reader(beginning, delimiter=delimiter)):
            if "description" in map(column_of, cells):
                rows.append(Headings(delimiter, number, cells))
    except csv.Error:  # a field that is too long: data
        pass
    return rows


def _named(cells: Sequence[str]) -> int:
    return sum(column_of(cell) is not None for cell in cells)
