"""Whom a request is assigned to, as one text that is compared: ``team:3``, ``user:5``, or ``name:``
with a free name, which is empty where nobody has it."""

from typing import Protocol

USER, TEAM, NAME = "user:", "team:", "name:"
NOBODY = NAME

# In SQL, each column behind ``{row}``. Indexes have the same words.
ASSIGNEE_KEY = (
    f"coalesce('{TEAM}' || {{row}}assignee_team_id::text, "
    f"'{USER}' || {{row}}assignee_user_id::text, '{NAME}' || {{row}}assignee)"
)


class Assigned(Protocol):
    """A request, or what mails know of it."""

    @property
    def assignee(self) -> str: ...
    @property
    def assignee_user_id(self) -> int | None: ...
    @property
    def assignee_team_id(self) -> int | None: ...


def assignee_key(table: str = "") -> str:
    """In SQL; ``table`` is what the statement calls maintenance_requests."""
    return ASSIGNEE_KEY.format(row=f"{table}." if table else "")


def key_of(request: Assigned) -> str:
    if request.assignee_team_id is not None:
        return f"{TEAM}{request.assignee_team_id}"
    if request.assignee_user_id is not None:
        return f"{USER}{request.assignee_user_id}"
    return f"{NAME}{request.assignee}"
