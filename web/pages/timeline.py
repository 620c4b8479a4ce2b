"""A request's history in words, as its requester reads it; what operators read is made of the same
words, see ``desk_timeline``."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from models.services.ratings import RATED
from models.services.reversal import UNDONE
from models.timeline_entry import CONTACT_CHANGED, NAME_CHANGED, RULE, WORDS, TimelineEntry
from models.visibility import SeenEntry, seen_by_requester
from web.pages.texts.timeline import TEXTS
from web.pages.translations import name_of, say


@dataclass(frozen=True, slots=True)
class Line:
    """``actor`` is empty for Haja itself and for requesters, and always for a requester's eyes;
    ``words`` are what a person wrote."""

    event: str
    text: str
    at: datetime
    actor: str = ""
    words: str = ""


def lines_for_requester(entries: Iterable[TimelineEntry]) -> list[Line]:
    """Newest first; see ``models.visibility``. Events that this version does not know are left out."""
    return [
        Line(entry.event, _requester_text(entry), entry.created_at, words=words_of(entry))
        for entry in reversed(seen_by_requester(entries))
        if f"timeline.{entry.event}" in TEXTS
    ]


def words_of(entry: TimelineEntry | SeenEntry) -> str:
    return str(entry.data.get(WORDS) or entry.data.get("note", ""))


def _requester_text(entry: SeenEntry) -> str:
    if f"seen.{entry.event}" in TEXTS:
        return say(f"seen.{entry.event}")
    if entry.event == "assignee_changed":
        return say("timeline.assigned" if entry.data["assigned"] else "timeline.unassigned")
    return text_of(entry)


def text_of(entry: TimelineEntry | SeenEntry) -> str:
    """An event that this version does not know is shown by its name, not left out."""
    key = f"timeline.{entry.event}"
    if key not in TEXTS:
        return entry.event
    text = say(key, **_values(entry))
    if entry.data.get(UNDONE):
        text = say("timeline.undone", text=text)
    if entry.data.get(RULE):
        text = say("timeline.by_rule", text=text)
    reason = entry.data.get("reason")
    return f"{text} {say('timeline.reason', reason=reason)}" if reason else text


def _values(entry: TimelineEntry | SeenEntry) -> dict[str, str]:
    kind = entry.event.removesuffix("_changed")
    if kind in ("status", "category", "priority"):
        return {name: name_of(kind, str(entry.data[name])) for name in ("was", "became")}
    if entry.event in (CONTACT_CHANGED, NAME_CHANGED):
        nothing = say("desk.not_given")
        return {name: str(entry.data.get(name) or nothing) for name in ("was", "became")}
    if kind == "assignee":
        nobody = say("desk.nobody")
        return {name: str(entry.data.get(name) or nobody) for name in ("was", "became")}
    if entry.event in ("request_categorized", "request_refined"):
        return {name: name_of(name, str(entry.data[name])) for name in ("category", "priority")}
    return {"stars": str(entry.data["stars"])} if entry.event == RATED else {}
