"""Cells of a CSV that a spreadsheet shows as text, whatever they begin with."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

# What makes a spreadsheet calculate (ASVS 5, 1.2.10), also in the wide letters of East Asia. The
# apostrophes belong to it: a text that looks guarded already is guarded once more, so that reading
# gives back exactly what was written.
_FORMULA = re.compile(r"'*[=+\-@\t\r\0\uff1d\uff0b\uff0d\uff20]")
BOM = "\ufeff"


def guard(cell: str) -> str:
    """The cell with a leading apostrophe if a spreadsheet might calculate it."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguard(cell: str) -> str:
    """What ``guard`` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def local_time(moment: datetime | None, timezone: ZoneInfo) -> str:
    """Wall-clock time of the building, in the form that spreadsheets take for a date."""
    return f"{moment.astimezone(timezone):%Y-%m-%d %H:%M:%S}" if moment else ""
