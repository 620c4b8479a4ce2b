"""By when an open request is to be done: hours from its submission, by its priority."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from models.words import Priority, Status

HOURS: dict[Priority, int] = {
    Priority.URGENT: 4,
    Priority.HIGH: 24,
    Priority.PENDING: 24,  # nobody knows yet how much it presses
    Priority.MEDIUM: 72,
    Priority.LOW: 168,
}
# The target comes near when this part of the time has passed.
NEAR = 0.75

# Who waits for somebody else is not late.
_COUNTED = (Status.PENDING, Status.IN_PROGRESS)


class Standing(StrEnum):
    """Where a request stands against its target."""

    CALM = "calm"
    NEAR = "near"
    OVERDUE = "overdue"


def due_at(priority: str, created_at: datetime) -> datetime:
    """By when it is to be done."""
    return created_at + timedelta(hours=HOURS[Priority(priority)])


def standing_of(status: str, priority: str, created_at: datetime) -> Standing:
    if status not in _COUNTED:
        return Standing.CALM
    hours = HOURS[Priority(priority)]
    passed = (datetime.now(UTC) - created_at) / timedelta(hours=hours)
    if passed >= 1:
        return Standing.OVERDUE
    return Standing.NEAR if passed >= NEAR else Standing.CALM


def overdue_condition() -> str:
    """The same in SQL, each column behind ``{row}``."""
    statuses = ", ".join(f"'{status}'" for status in _COUNTED)
    late = " OR ".join(
        f"{{row}}priority = '{priority}' AND {{row}}created_at <= now() - interval '{hours} hours'"
        for priority, hours in HOURS.items()
    )
    return f"{{row}}status IN ({statuses}) AND ({late})"
