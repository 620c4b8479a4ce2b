"""Rating the work: by the requester, while what was called done may be reopened; nobody is mailed."""

from sqlalchemy.orm import Session

from models.base import now
from models.errors import NotRatable
from models.ledger.events import record_event
from models.queries.requests import lock_request
from models.rating import Rating
from models.services.reopening import rates_until
from models.timeline_entry import WORDS, TimelineEntry

RATED = "rating_given"


def rate_request(
    session: Session,
    request_id: int,
    stars: int,
    words: str = "",
    *,
    actor: str = "",
    call_id: str = "",
) -> Rating:
    """Write down the rating, or correct it; the same again changes nothing. ``stars`` are 1 to 5;
    ``actor`` is the operator who writes down what was said by telephone.

    Raises:
        NotFound: the request is gone.
        NotRatable: it is not done, or was done too long ago.
    """
    request = lock_request(session, request_id)
    if rates_until(request) is None:
        raise NotRatable(field="stars")
    rating = session.get(Rating, request.id)
    if rating is not None and (rating.stars, rating.words) == (stars, words):
        return rating
    if rating is None:
        rating = Rating(request_id=request.id)
        session.add(rating)
    rating.stars, rating.words, rating.updated_at = stars, words, now()
    data = {"stars": stars, WORDS: words}
    session.add(TimelineEntry(request_id=request.id, event=RATED, actor=actor, data=data))
    request.updated_at = now()
    session.flush()
    record_event(session, "rating_given", subject_id=request.id, request_id=call_id)
    return rating
