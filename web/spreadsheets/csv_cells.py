"""Cells of a CSV that a spreadsheet shows as text, whatever they begin with."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

# What makes a spreadsheet calculate (ASVS 5, 1.2.10), also in the wide letters of East Asia: at the
# beginning of a cell, and after what another spreadsheet takes for the end of one: a semicolon (as
# in much of Europe), a tab, a line's end. The apostrophes belong to it: a text that looks guarded
# already is guarded once more, so that reading gives back exactly what was written.
_BEGINS = r"""(?:^(?='*[\t\r\0])|(?:^|(?<=[;\t\r\n]))(?=[ "']*[=+\-@\uff1d\uff0b\uff0d\uff20]))"""
_FORMULA = re.compile(_BEGINS)
_GUARDED = re.compile(f"{_BEGINS}'")
BOM = "\ufeff"


def guard(cell: str) -> str:
    """The cell with an apostrophe wherever a spreadsheet might begin to calculate."""
    return _FORMULA.sub("'", cell)


def unguard(cell: str) -> str:
    """What ``guard`` was given."""
    return _GUARDED.sub("", cell)


def local_time(moment: datetime | None, timezone: ZoneInfo) -> str:
    """Wall-clock time of the building, in the form that spreadsheets take for a date."""
    return f"{moment.astimezone(timezone):%Y-%m-%d %H:%M:%S}" if moment else ""
