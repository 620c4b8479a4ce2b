"""How content requesters are, by category of the request."""

from dataclasses import dataclass

from sqlalchemy import Numeric, cast, func, select
from sqlalchemy.orm import Session

from models.maintenance_request import MaintenanceRequest
from models.rating import Rating


@dataclass(frozen=True, slots=True)
class RatingAverage:
    """Over ``n`` ratings, of which there is at least one; ``stars`` is their mean, 1 to 5."""

    n: int
    stars: float


def average_ratings(session: Session) -> dict[str, RatingAverage]:
    """By category, as the request is sorted now; a category without a rating is left out."""
    mean = func.avg(cast(Rating.stars, Numeric))
    found = (
        select(MaintenanceRequest.category, func.count(), mean)
        .join(Rating, Rating.request_id == MaintenanceRequest.id)
        .group_by(MaintenanceRequest.category)
    )
    return {name: RatingAverage(n, float(stars)) for name, n, stars in session.execute(found)}
