"""Telling open pages what changed, after the transaction that changed it."""

from collections.abc import Iterable

from config import wiring
from models.services.ledger import Claim


def announce_requests(claims: Iterable[Claim]) -> None:
    """Say that the requests which these claims were about look different now."""
    channel = wiring.live_channel()
    for claim in claims:
        channel.publish("request_updated", claim.subject_id)


def announce_statistics() -> None:
    wiring.live_channel().publish("stats")
