"""Tasks of the queue ``triage``: category and priority of new requests."""

from collections.abc import Callable, Sequence

from celery import Task, shared_task
from sqlalchemy.orm import Session

from config.settings import get_settings
from models import wiring
from models.database import transaction
from models.ledger.steps import Claim
from models.ports import BackedEngine, CallingEngine
from models.services import refinement, triage
from tasks.steps.ai_calls import run_ai_calls
from tasks.steps.live_updates import announce_requests
from tasks.steps.runner import nothing_to_do, run_batch


@shared_task(bind=True, name="triage.categorize_request")
def categorize_request(self: Task, run_ids: list[int], position: int) -> None:
    """Set the category and priority of each request."""
    engine = wiring.triage_engine()
    if isinstance(engine, CallingEngine):
        read, record = triage.list_texts, triage.record_results
        run_ai_calls(self.name, run_ids, position, engine=engine, read=read, record=record)
    else:
        announce_requests(run_batch(self.name, run_ids, position, work=_categorize))


@shared_task(bind=True, name="triage.refine_request")
def refine_request(self: Task, run_ids: list[int], position: int) -> None:
    """Ask the AI about requests that the embedded engine answered in its place."""
    engine = wiring.triage_engine()
    if isinstance(engine, BackedEngine):
        read, record = refinement.list_refinable, refinement.record_refinements
        run_ai_calls(self.name, run_ids, position, engine=engine.first, read=read, record=record)
    else:  # there is no AI any more
        run_batch(self.name, run_ids, position, work=nothing_to_do)


def _categorize(claims: Sequence[Claim]) -> Callable[[Session, Sequence[Claim]], None]:
    with transaction() as session:
        texts = triage.list_texts(session, [claim.subject_id for claim in claims])
    answers = wiring.triage_engine().triage(list(texts.values()))
    results = dict(zip(texts, answers, strict=True))

    def record(session: Session, valid: Sequence[Claim]) -> None:
        own = {c.subject_id: results[c.subject_id] for c in valid if c.subject_id in results}
        triage.record_results(session, own, sure_from=get_settings().triage_sure_from)

    return record
