"""How far a request is, as the four steps that its requester sees."""

from dataclasses import dataclass

from models.maintenance_request import MaintenanceRequest
from models.words import Category, Priority, Status
from web.pages.translations import say


@dataclass(frozen=True, slots=True)
class Step:
    """``state`` is done, current or todo."""

    name: str
    state: str


def is_sorted(request: MaintenanceRequest) -> bool:
    """Whether category and priority are known."""
    return request.category != Category.PENDING and request.priority != Priority.PENDING


def is_dangerous(request: MaintenanceRequest) -> bool:
    """Whether danger was reported and, as far as anybody knows, is still there."""
    closed = request.status in (Status.COMPLETED, Status.CANCELLED)
    return bool(request.danger) and not closed


def steps_of(request: MaintenanceRequest) -> list[Step]:
    """Received, sorted, worked on, completed; a cancelled one ends where it was."""
    if request.status == Status.CANCELLED:
        return [Step(say("step.received"), "done"), Step(say("step.cancelled"), "current")]
    done = _steps_done(request)
    names = (
        say("step.received"),
        say("step.sorted" if is_sorted(request) else "step.sorting"),
        say("step.work.asked" if request.asked_from else f"step.work.{request.status}"),
        say("step.completed"),
    )
    return [Step(name, _state(place, done)) for place, name in enumerate(names)]


def _steps_done(request: MaintenanceRequest) -> int:
    if request.status == Status.COMPLETED:
        return 4
    if request.status in (Status.IN_PROGRESS, Status.ON_HOLD):
        return 2
    return 2 if is_sorted(request) else 1


def _state(place: int, done: int) -> str:
    if place < done:
        return "done"
    return "current" if place == done else "todo"


def headline_of(request: MaintenanceRequest) -> str:
    """Where it stands, in one sentence."""
    if request.status == Status.PENDING:
        return say("headline.sorted" if is_sorted(request) else "headline.sorting")
    return say("headline.asked" if request.asked_from else f"headline.{request.status}")
