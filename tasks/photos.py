"""Tasks of the queue ``photos``: uploaded photos become clean pictures in three sizes."""

from celery import Task, shared_task

from models import wiring
from models.database import transaction
from models.ledger.steps import Claim
from models.ports import PermanentError
from models.services import photos
from tasks.steps.runner import Outcome, run_each


@shared_task(bind=True, name="photos.process_photo")
def process_photo(self: Task, run_ids: list[int], position: int) -> None:
    """Decode, clean, scale and store each photo."""
    for claim in run_each(self.name, run_ids, position, work=_process):
        with transaction() as session:
            request_id = photos.find_request_id(session, claim.subject_id)
        if request_id is not None:
            wiring.live_channel().publish("request_updated", request_id)


def _process(claim: Claim) -> Outcome:
    with transaction() as session:
        original = photos.find_original(session, claim.subject_id)
    if original is None:
        return Outcome()
    try:
        picture = wiring.picture_processor()(original)
    except PermanentError as error:
        reason = str(error)
        return Outcome(record=lambda s: photos.record_rejection(s, claim.subject_id, reason))
    keys = photos.store_renditions(wiring.photo_storage(), original, picture)
    return Outcome(record=lambda s: photos.record_renditions(s, claim.subject_id, picture, keys))
