"""What the lanes have in common: which calls they leave to Flask, and what every answer carries."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from config.settings import Settings
from web.guarding import protections

# What programs say that they take, where it is all the same to the lanes.
ANY = frozenset({"", "*/*", "application/json", "application/json, text/plain, */*"})
# Another origin's page; a body without a length; the answer depends on what the caller holds.
_UNUSUAL = (
    "HTTP_ORIGIN",
    "HTTP_TRANSFER_ENCODING",
    "HTTP_EXPECT",
    "HTTP_IF_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_UNMODIFIED_SINCE",
    "HTTP_IF_RANGE",
    "HTTP_RANGE",
)

Headers = list[tuple[str, str]]


def is_plain(environment: dict[str, Any]) -> bool:
    """Whether nothing about a call's head is out of the ordinary."""
    return (
        environment.get("HTTP_ACCEPT", "") in ANY
        and not any(name in environment for name in _UNUSUAL)
        and not environment.get("SCRIPT_NAME")
    )


@lru_cache(maxsize=16)
def are_open(settings: Settings) -> bool:
    """Not where each call has to be traced on its way through Flask and the ORM."""
    return not (
        settings.otel_exporter_otlp_endpoint
        or settings.sentry_dsn
        or settings.new_relic_license_key
    )


@lru_cache(maxsize=32)
def fixed_headers(settings: Settings, scheme: str, *vary: str) -> Iterable[tuple[str, str]]:
    """What JSON that no cache keeps for others carries, whatever it says."""
    headers = {
        **protections(settings, https=scheme == "https"),
        "Content-Type": "application/json",
        "Cache-Control": "private, no-cache",
    }
    if varies := [*vary, *(["Origin"] if settings.allowed_origins else [])]:
        headers["Vary"] = ", ".join(varies)
    return tuple(headers.items())
