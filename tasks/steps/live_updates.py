"""Telling open pages what changed, after the transaction that changed it."""

from collections.abc import Iterable

from models import wiring
from models.ledger.steps import Claim


def announce_requests(claims: Iterable[Claim]) -> None:
    """Say that the requests which these claims were about look different now."""
    wiring.live_channel().publish_each("request_updated", [claim.subject_id for claim in claims])


def announce_statistics() -> None:
    wiring.live_channel().publish("stats")
