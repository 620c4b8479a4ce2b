"""The statistics room: the kept numbers, and the ledger's housekeeping."""

from collections.abc import Callable, Sequence

from celery import Task, shared_task
from sqlalchemy.orm import Session

from models.services import housekeeping, statistics
from models.services.ledger import Claim
from tasks.announcing import announce_statistics
from tasks.carrier import carry_all


@shared_task(bind=True, name="stats.refresh_statistics")
def refresh_statistics(self: Task, run_ids: list[int], position: int) -> None:
    """Fold what changed into the counters."""
    carry_all(self.name, run_ids, position, work=_recording(statistics.fold_deltas))
    announce_statistics()


@shared_task(bind=True, name="stats.rebuild_statistics")
def rebuild_statistics(self: Task, run_ids: list[int], position: int) -> None:
    """Recount everything from the requests."""
    carry_all(self.name, run_ids, position, work=_recording(statistics.rebuild_counts))
    announce_statistics()


@shared_task(bind=True, name="stats.thin_ledger")
def thin_ledger(self: Task, run_ids: list[int], position: int) -> None:
    """Forget finished work of long ago."""
    carry_all(self.name, run_ids, position, work=_recording(housekeeping.thin_ledger))


def _recording(
    effect: Callable[[Session], object],
) -> Callable[[Sequence[Claim]], Callable[[Session, Sequence[Claim]], object]]:
    def work(_claims: Sequence[Claim]) -> Callable[[Session, Sequence[Claim]], object]:
        return lambda session, _ours: effect(session)

    return work
