"""What happens next with a request and by when, in words for its requester: by the table of targets, and
honest where it is late."""

from dataclasses import dataclass
from datetime import datetime

from models.maintenance_request import MaintenanceRequest
from models.services.conversation import is_open
from models.services.reopening import reopens_until
from models.targets import HOURS, Standing, due_at, standing_of
from models.words import Priority, Status
from web.pages.translations import name_of, say


@dataclass(frozen=True, slots=True)
class NextStep:
    """``by`` is the moment that ``until`` speaks of, where there is one; ``told`` says how the requester
    hears of news, of an open request."""

    text: str
    until: str = ""
    by: datetime | None = None
    told: str = ""
    is_late: bool = False


def next_step_of(request: MaintenanceRequest) -> NextStep:
    """In the caller's language."""
    if not is_open(request):
        return _ended(request)
    told = say("next.told_by_mail" if request.contact_email else "next.told_here")
    if request.asked_from:
        return NextStep(say("next.asked"), told=told)
    if request.status == Status.ON_HOLD:
        return NextStep(say("next.on_hold"), told=told)
    usual = _usual(request.priority)
    if standing_of(request.status, request.priority, request.created_at) == Standing.OVERDUE:
        return NextStep(
            f"{say('next.late')} {usual} {say('next.late_seen')}", told=told, is_late=True
        )
    doing = say("next.in_progress" if request.status == Status.IN_PROGRESS else "next.pending")
    by = due_at(request.priority, request.created_at)
    return NextStep(f"{doing} {usual}", say("next.target"), by, told)


def _usual(priority: str) -> str:
    hours = HOURS[Priority(priority)]
    days, rest = divmod(hours, 24)
    span = say("next.hours", n=hours) if rest or days == 1 else say("next.days", n=days)
    if priority == Priority.PENDING:
        return say("next.usual_unsorted", span=span)
    return say("next.usual", priority=name_of("priority", priority), span=span)


def _ended(request: MaintenanceRequest) -> NextStep:
    until = reopens_until(request)
    if until is None:
        return NextStep(say("next.over"))
    return NextStep(say(f"next.{request.status}"), say("reopen.until"), until)
