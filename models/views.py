"""The views of the list: what an operator works through, each a condition on the request's columns."""

from enum import StrEnum

from models.targets import overdue_condition
from models.words import OPEN


class View(StrEnum):
    NEEDS_PERSON = "needs_person"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    WAITING = "waiting"
    OVERDUE = "overdue"
    OPEN = "open"
    ALL = "all"


# In SQL, each column behind ``{row}``. Partial indexes have the same words: the planner compares them.
PRESSING = "({row}danger <> '' OR {row}priority = 'urgent')"
_OPEN = "{row}status IN (" + ", ".join(f"'{status}'" for status in OPEN) + ")"
_CONDITIONS = {
    View.NEEDS_PERSON: (
        f"{_OPEN} AND ({{row}}status = 'pending' OR {{row}}unsure OR {{row}}answered OR {PRESSING})"
    ),
    View.MINE: _OPEN,  # and the assignee is one of the caller's names: those are values
    View.UNASSIGNED: f"{_OPEN} AND {{row}}assignee = ''",
    View.WAITING: "{row}status = 'on_hold'",
    View.OVERDUE: f"{_OPEN} AND {overdue_condition()}",  # the first part names an index
    View.OPEN: _OPEN,
}


def condition_of(view: str, table: str = "") -> str:
    """The rows of ``view`` in SQL, which is never empty: ``all`` has no condition and no name here."""
    return _CONDITIONS[View(view)].format(row=f"{table}." if table else "")


def pressing(table: str = "") -> str:
    """That a request is urgent or dangerous, in SQL."""
    return PRESSING.format(row=f"{table}." if table else "")
