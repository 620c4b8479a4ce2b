"""Tasks of the queue ``stats``: the statistics, and housekeeping."""

from collections.abc import Callable, Sequence

import structlog
from celery import Task, shared_task
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config.settings import get_settings
from models import wiring
from models.database import transaction
from models.ledger.steps import Claim
from models.services import assignee_names, housekeeping, statistics
from models.services.statistics_cache import cache_statistics
from models.services.submission_days import regroup_days
from tasks.steps.live_updates import announce_statistics
from tasks.steps.runner import run_batch, run_in_one_transaction

log = structlog.get_logger()


@shared_task(bind=True, name="stats.refresh_statistics")
def refresh_statistics(self: Task, run_ids: list[int], position: int) -> None:
    """Fold the deltas into the counters."""
    run_in_one_transaction(self.name, run_ids, position, record=statistics.fold_deltas)
    _refresh_cache()


@shared_task(bind=True, name="stats.rebuild_statistics")
def rebuild_statistics(self: Task, run_ids: list[int], position: int) -> None:
    """Put right the days of a zone that was changed, then recount everything from the requests."""
    run_batch(self.name, run_ids, position, work=_rebuild)
    _refresh_cache()


def _rebuild(_claims: Sequence[Claim]) -> Callable[[Session, Sequence[Claim]], object]:
    if regrouped := regroup_days(transaction, timezone=get_settings().timezone):
        log.info("days_regrouped", requests=regrouped)
    return lambda session, _valid: statistics.rebuild_counts(session)


@shared_task(bind=True, name="stats.thin_ledger")
def thin_ledger(self: Task, run_ids: list[int], position: int) -> None:
    """Delete old rows, and index requests that the workers missed."""
    run_batch(self.name, run_ids, position, work=_recording(housekeeping.run_housekeeping))


@shared_task(bind=True, name="stats.rename_user")
def rename_user(self: Task, run_ids: list[int], position: int) -> None:
    """Show a user's new name in all requests that are the user's."""
    run_batch(self.name, run_ids, position, work=_of_subjects(assignee_names.rename_users))


@shared_task(bind=True, name="stats.rename_team")
def rename_team(self: Task, run_ids: list[int], position: int) -> None:
    """Show a team's new name in all requests that are the team's."""
    run_batch(self.name, run_ids, position, work=_of_subjects(assignee_names.rename_teams))


def _of_subjects(
    effect: Callable[[Session, Sequence[int]], object],
) -> Callable[[Sequence[Claim]], Callable[[Session, Sequence[Claim]], object]]:
    return lambda _claims: (
        lambda session, valid: effect(session, sorted({claim.subject_id for claim in valid}))
    )


def _refresh_cache() -> None:
    """Cache the new numbers, then tell open pages to load them.

    The step is done already: if this fails, pages read the numbers from the database.
    """
    try:
        with transaction() as session:
            cache_statistics(session, wiring.cache())
    except SQLAlchemyError as error:
        log.warning("statistics_not_cached", error=type(error).__name__)
    announce_statistics()


def _recording(
    effect: Callable[[Session], object],
) -> Callable[[Sequence[Claim]], Callable[[Session, Sequence[Claim]], object]]:
    def work(_claims: Sequence[Claim]) -> Callable[[Session, Sequence[Claim]], object]:
        return lambda session, _valid: effect(session)

    return work
