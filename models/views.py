"""The views of the list: what an operator works through, each a condition on the request's columns."""

from enum import StrEnum

from models.assignee_key import ASSIGNEE_KEY, NOBODY
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
_UNTOUCHED = f"{{row}}unsure OR {{row}}answered OR {PRESSING}"
# No index knows what time it is: it has what is worked on as well, of which the view takes what is late.
_MAY_NEED_PERSON = f"{_OPEN} AND ({{row}}status IN ('pending', 'in_progress') OR {_UNTOUCHED})"
_CONDITIONS = {
    View.NEEDS_PERSON: (
        f"{_MAY_NEED_PERSON} AND ({{row}}status = 'pending' OR {_UNTOUCHED} OR {overdue_condition()})"
    ),
    View.MINE: _OPEN,  # and the assignee is the caller or a team of theirs: those are values
    View.UNASSIGNED: f"{_OPEN} AND {ASSIGNEE_KEY} = '{NOBODY}'",
    View.WAITING: "{row}status = 'on_hold'",
    View.OVERDUE: f"{_OPEN} AND {overdue_condition()}",  # the first part names an index
    View.OPEN: _OPEN,
}


def condition_of(view: str, table: str = "") -> str:
    """The rows of ``view`` in SQL, which is never empty: ``all`` has no condition and no name here."""
    return _CONDITIONS[View(view)].format(row=f"{table}." if table else "")


def may_need_person() -> str:
    """What the index of that view has, in SQL."""
    return _MAY_NEED_PERSON.format(row="")


def pressing(table: str = "") -> str:
    """That a request is urgent or dangerous, in SQL."""
    return PRESSING.format(row=f"{table}." if table else "")
