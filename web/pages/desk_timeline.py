"""All that has happened to a request, as operators read it: by days, the newest at the end."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import TypeVar

from sqlalchemy.orm import Session

from config.settings import get_settings
from models.maintenance_request import MaintenanceRequest
from models.photo import Photo
from models.queries.request_history import (
    Confirmation,
    SentMail,
    list_confirmations,
    list_mails,
)
from models.timeline_entry import ANSWER, QUESTION, REPLY, TimelineEntry
from models.triage_result import TriageResult
from web.pages.texts.timeline import TEXTS
from web.pages.timeline import Line, text_of, words_of
from web.pages.translations import name_of, say

Part = TypeVar("Part")

# Of a longer history so many lines stand at its beginning and at its end; the rest is folded.
FIRST, LAST = 4, 12
# And so many are printed, without mails: with the request itself they fit on one sheet.
PRINTED = 8
_SUBMITTED = ("request_submitted", "request_imported")
_SORTED = ("request_categorized", "request_refined")
_OF_MAILS = ("_sent", "_refused", "_unknown", "_waiting", "_held", "_queued")
# Who reads what was written there: the colour of its ground says so.
_AUDIENCES = {
    **dict.fromkeys((REPLY, QUESTION), "public"),
    **dict.fromkeys((*_SUBMITTED, ANSWER), "requester"),
    "note_added": "internal",
}


@dataclass(frozen=True, slots=True)
class HistoryLine(Line):
    """``audience`` is ``internal``, ``public`` (written to the requester), ``requester`` (written by
    them) or empty; ``detail`` says more in small print. ``first_photo`` is the number of the first
    of ``photos``."""

    audience: str = ""
    detail: str = ""
    photos: Sequence[Photo] = ()
    first_photo: int = 1
    triage: TriageResult | None = None
    mail: SentMail | None = None
    is_printed: bool = False

    @property
    def is_news(self) -> bool:
        """Whether somebody who goes there wants to read it: not how it came, and which mails went."""
        return self.event not in _SUBMITTED and not self.event.endswith(_OF_MAILS)


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    lines: Sequence[HistoryLine]

    @property
    def is_printed(self) -> bool:
        return any(line.is_printed for line in self.lines)


@dataclass(frozen=True, slots=True)
class History:
    """``folded`` lies between ``first`` and ``last``; it is empty where all of it is shown."""

    first: Sequence[Day]
    folded: Sequence[Day]
    last: Sequence[Day]

    @property
    def folded_lines(self) -> int:
        return sum(len(day.lines) for day in self.folded)


def history_of(session: Session, request: MaintenanceRequest) -> History:
    """All of it, in the caller's language."""
    mails = list_mails(session, request.id)
    lines = [
        *_of_timeline(request, mails),
        *(_queued(mail) for mail in mails if mail.is_queued),
        *map(_confirmed, list_confirmations(session, request.id)),
    ]
    return _fold(_mark_printed(sorted(lines, key=lambda line: line.at)))


def _of_timeline(request: MaintenanceRequest, mails: Sequence[SentMail]) -> Iterator[HistoryLine]:
    entries = request.timeline
    photos = _photos_of(request)
    triage = _pair([entry for entry in entries if entry.event in _SORTED], request.triage_results)
    of_entry = _mails_of(entries, mails)
    for entry in entries:
        submitted = entry.event in _SUBMITTED
        shown = photos.get(entry.id, [])
        yield HistoryLine(
            entry.event,
            text_of(entry),
            entry.created_at,
            entry.actor or (request.requester_name if submitted else ""),
            request.description if submitted else words_of(entry),
            audience=_AUDIENCES.get(entry.event, ""),
            photos=shown,
            first_photo=1 + request.photos.index(shown[0]) if shown else 1,
            triage=triage.get(entry.id),
            mail=of_entry.get(entry.id),
        )


def _photos_of(request: MaintenanceRequest) -> dict[int, list[Photo]]:
    """Those that came with the request are shown where it came, and each other where it was added."""
    entries = request.timeline
    added = [entry for entry in entries if entry.event == "photo_added"]
    found = {id_: [photo] for id_, photo in _pair(added, request.photos).items()}
    first = request.photos[: max(0, len(request.photos) - len(added))]
    return found | {entry.id: first for entry in entries if entry.event in _SUBMITTED}


def _pair(entries: Sequence[TimelineEntry], parts: Sequence[Part]) -> dict[int, Part]:
    """Both are in the order in which they were written, and the newest belong together: what came
    with the request itself has no entry."""
    return {entry.id: part for entry, part in zip(reversed(entries), reversed(parts), strict=False)}


def _mails_of(entries: Iterable[TimelineEntry], mails: Iterable[SentMail]) -> dict[int, SentMail]:
    """Which mail an entry tells of: of each kind and result, in order."""
    found: dict[int, SentMail] = {}
    by_event = {
        event: list(some) for event, some in groupby(sorted(mails, key=_event_of), key=_event_of)
    }
    for event, some in by_event.items():
        found |= _pair([entry for entry in entries if entry.event == event], some)
    return found


def _event_of(mail: SentMail) -> str:
    return f"{mail.kind}_{mail.state}"


def _queued(mail: SentMail) -> HistoryLine:
    """It has no entry of its own before it has left or failed."""
    key = f"timeline.{mail.kind}_queued"
    return HistoryLine(
        "mail_queued",
        say(key if key in TEXTS else "timeline.mail_queued"),
        mail.created_at,
        mail=mail,
    )


def _confirmed(found: Confirmation) -> HistoryLine:
    return HistoryLine(
        "triage_confirmed",
        say(f"timeline.{found.field}_confirmed", value=name_of(found.field, found.value)),
        found.at,
        found.actor,
    )


def _mark_printed(lines: Sequence[HistoryLine]) -> Sequence[HistoryLine]:
    news = [at for at, line in enumerate(lines) if line.is_news][-PRINTED:]
    return [replace(line, is_printed=at in news) for at, line in enumerate(lines)]


def _fold(lines: Sequence[HistoryLine]) -> History:
    if len(lines) <= FIRST + LAST + 1:
        return History(_by_day(lines), (), ())
    return History(_by_day(lines[:FIRST]), _by_day(lines[FIRST:-LAST]), _by_day(lines[-LAST:]))


def _by_day(lines: Sequence[HistoryLine]) -> list[Day]:
    zone = get_settings().timezone
    days = groupby(lines, key=lambda line: line.at.astimezone(zone).date())
    return [Day(day, list(some)) for day, some in days]
