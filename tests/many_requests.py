"""Requests of many forms around some days: every word, places that contain each other, ends, first
answers, corrections, ratings. The same seed makes the same ones."""

import random
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from models.correction import Correction
from models.maintenance_request import MaintenanceRequest
from models.rating import Rating
from models.timeline_entry import TimelineEntry
from models.words import Category, Priority, Status
from tests.factories import RequestFactory

PLACES = ("", "본관 1층", "본관 11층", "별관 1층", "Tower B, floor 12", "100% <b>'관'</b>")
ASSIGNEES = ("", "", "김전기", "Park & Co")
LAST = datetime(2026, 3, 10, 15, tzinfo=UTC)  # the first moment of the 11th in Seoul
# Around midnight in Seoul, where a day of another zone would be the wrong one.
_EDGES = (timedelta(0), timedelta(microseconds=-1), timedelta(hours=-24), timedelta(days=-7))


def make_many(session: Session, count: int, *, seed: int = 1) -> None:
    """``count`` requests of the twenty days before ``LAST`` and of the two after it."""
    dice = random.Random(seed)
    for number in range(count):
        back = timedelta(minutes=dice.randrange(-2 * 1440, 20 * 1440))
        created = LAST + _EDGES[number] if number < len(_EDGES) else LAST - back
        status = dice.choice(list(Status))
        later = created + timedelta(minutes=dice.randrange(9 * 1440))
        request = RequestFactory(
            created_at=created,
            submitted_on=(created + timedelta(hours=9)).date(),
            updated_at=later,
            category=dice.choice(list(Category)),
            priority=dice.choice(list(Priority)),
            location=dice.choice(PLACES),
            assignee=dice.choice(ASSIGNEES),
            unsure=dice.random() < 0.2,
            status=status,
            completed_at=later if status == Status.COMPLETED else None,
        )
        _add_history(session, request, dice)
        if number % 3:  # one that was opened again keeps its rating
            session.add(Rating(request_id=request.id, stars=1 + number % 5))
    session.commit()


def _add_history(session: Session, request: MaintenanceRequest, dice: random.Random) -> None:
    for event, actor in (
        ("request_submitted", ""),
        ("requester_replied", "박운영"),
        ("note_added", "박운영"),
        *([("status_changed", "박운영")] if dice.random() < 0.6 else []),
        *([("reply_added", "박운영")] if dice.random() < 0.3 else []),
        ("status_changed", ""),
    ):
        at = request.created_at + timedelta(minutes=dice.randrange(3000))
        session.add(TimelineEntry(request_id=request.id, event=event, actor=actor, created_at=at))
        session.flush()
    if dice.random() < 0.4:
        was = dice.choice(["pending", "hvac", request.category])
        session.add(
            Correction(request_id=request.id, field="category", was=was, became=request.category)
        )
