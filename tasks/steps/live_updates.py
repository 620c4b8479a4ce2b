"""Publishing changes to open pages, after the transaction that made them."""

from collections.abc import Iterable

from models import wiring
from models.ledger.steps import Claim


def announce_requests(claims: Iterable[Claim]) -> None:
    """Publish that the requests of these claims have changed."""
    announce_changes(claim.subject_id for claim in claims)


def announce_changes(request_ids: Iterable[int]) -> None:
    """Publish that these requests have changed, or what their timelines say."""
    wiring.live_channel().publish_each("request_updated", sorted(set(request_ids)))


def announce_statistics() -> None:
    wiring.live_channel().publish("stats")
