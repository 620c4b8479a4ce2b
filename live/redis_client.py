"""The connection of a live process to Redis."""

from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from config.redis_tls import redis_tls
from config.settings import Settings

# Longer than a read of the stream waits: a Redis that says nothing for so long is frozen or gone.
ANSWER_SECONDS = 3.0


def connect(settings: Settings) -> Any:
    """A client that connects when it is used, and tries nothing twice: who calls knows when to try
    again. Its calls raise RedisError or OSError while Redis is away."""
    return Redis.from_url(
        settings.redis_url,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        decode_responses=True,
        retry=Retry(NoBackoff(), 0),
        **redis_tls(settings),
    )
