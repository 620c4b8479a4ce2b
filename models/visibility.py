"""What a requester sees of a request, whoever shows it: page, API, live messages, mails, exports.

A requester learns how the work stands, and what operators write to them; not who does it: no names
or notes of operators, no messages to them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.timeline_entry import CONTACT_CHANGED, NAME_CHANGED, TimelineEntry

# Fields of a request that only operators see.
OPERATORS_ONLY = ("assignee", "contact_info", "requester_name")
# Beginnings of the names of events that only operators see.
_INTERNAL = ("note_added", "notice_", "link_requested")


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """A timeline entry without what concerns operators; ``actor`` is always empty."""

    event: str
    data: dict[str, Any]
    created_at: datetime
    actor: str = ""


def seen_by_requester(entries: Iterable[TimelineEntry]) -> list[SeenEntry]:
    """The entries that a requester sees, in their order."""
    return [
        SeenEntry(entry.event, _without_names(entry), entry.created_at)
        for entry in entries
        if not entry.event.startswith(_INTERNAL)
    ]


def _without_names(entry: TimelineEntry) -> dict[str, Any]:
    if entry.event == "assignee_changed":
        return {"assigned": bool(entry.data.get("became"))}
    if entry.event in (CONTACT_CHANGED, NAME_CHANGED):
        return {}
    # Why a message was not sent is about our mail server.
    return {name: value for name, value in entry.data.items() if name != "reason"}
