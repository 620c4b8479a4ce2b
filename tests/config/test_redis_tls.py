"""Every client of Redis trusts the same certificates, and none trusts just any."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme
from celery import Celery
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

from config.redis_tls import broker_tls, redis_tls
from config.settings import Settings
from live.stream import Stream
from tests.conftest import Servers
from tests.servers.tls_proxy import encrypt
from web.http.limits import RateLimiter
from worker.adapters.cache.redis_cache import RedisCache
from worker.adapters.realtime.redis_channel import RedisChannel

AUTHORITY = trustme.CA()


@pytest.fixture
def encrypted(
    servers: Servers, redis: "Redis", settings_with: Callable[..., Settings], tmp_path: Path
) -> Iterator[Callable[..., Settings]]:
    """``encrypted(host="...", trusted=True)``: settings of a Redis whose certificate is for ``host``."""
    url = urlsplit(servers.redis.url)
    authority = tmp_path / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(str(authority))
    password = f":{url.password}@" if url.password else ""
    opened = ExitStack()

    def settings(*, host: str = "localhost", trusted: bool = True) -> Settings:
        proxy = encrypt(url.port or 6379, AUTHORITY.issue_cert(host))
        port = opened.enter_context(proxy)
        trust = {"REDIS_CA": str(authority) if trusted else ""}
        return settings_with(REDIS_URL=f"rediss://{password}localhost:{port}/0", **trust)

    with opened:
        yield settings


def _cache(settings: Settings) -> None:
    RedisCache(settings).put("tls", b"1", seconds=60)


def _channel(settings: Settings) -> None:
    RedisChannel(settings).publish("stats")


def _limits(settings: Settings) -> None:
    RateLimiter(settings.redis_url, **redis_tls(settings)).hit("5 per minute", "test", "somebody")


async def _stream(settings: Settings) -> None:
    stream = Stream(settings)
    async with stream._redis:
        await stream.newest()


def _queue(settings: Settings) -> None:
    app = Celery(broker=settings.broker_url, set_as_current=False)
    app.conf.broker_use_ssl = broker_tls(settings)
    with app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=5)
        connection.default_channel.client.set("queue", "1")


CLIENTS = [_cache, _channel, _limits, _queue]


@pytest.mark.parametrize("use", CLIENTS)
def test_a_private_authority_is_trusted_by_name(
    encrypted: Callable[..., Settings], redis: "Redis", use: Callable[[Settings], None]
) -> None:
    use(encrypted())
    assert redis.keys()


@pytest.mark.parametrize("use", CLIENTS)
@pytest.mark.parametrize("wrong", [{"trusted": False}, {"host": "elsewhere.example.org"}])
def test_no_client_trusts_just_any_certificate(
    encrypted: Callable[..., Settings],
    redis: "Redis",
    use: Callable[[Settings], None],
    wrong: dict[str, object],
) -> None:
    with suppress(OperationalError):  # the queue's client says so, the others go on without Redis
        use(encrypted(**wrong))
    assert not redis.keys()


def test_the_live_processes_trust_the_same(encrypted: Callable[..., Settings]) -> None:
    asyncio.run(_stream(encrypted()))
    for wrong in ({"trusted": False}, {"host": "elsewhere.example.org"}):
        with pytest.raises(RedisError):
            asyncio.run(_stream(encrypted(**wrong)))
