"""How often one caller may call. Counting lives in Redis and falls back to memory without it."""

from functools import lru_cache

from flask import Flask, Response, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItem, parse_many

from config.settings import Settings, get_settings
from web.quota import Quotas, quota_headers

# What the API's limit counts in lots. Whatever is not named here is counted by the library itself,
# at two questions to Redis for each call.
_IN_LOTS = frozenset(
    {
        "exports.export_requests",
        "photos.show_photo",
        "photos.show_rendition",
        "requests.get_request",
        "requests.list_requests",
        "requests.update_request",
        "stats.show_stats",
    }
)


def _caller() -> str:
    """The user if a valid token was shown, else the address (behind trusted proxies only)."""
    user = g.get("user")
    return f"user:{user.id}" if user else f"address:{get_remote_address()}"


limiter = Limiter(key_func=_caller, headers_enabled=True, strategy="moving-window")
_quotas = Quotas(lambda: limiter.limiter)


@limiter.request_filter
def _is_counted() -> bool:
    return "quota_headers" in g


def INTAKE() -> str:  # noqa: N802 - a limit that is read from the settings at the call
    return get_settings().intake_rate_limit


def API() -> str:  # noqa: N802
    return get_settings().api_rate_limit


def LOGIN() -> str:  # noqa: N802
    return "30 per minute"


def init_limits(app: Flask, settings: Settings) -> None:
    """Redis counts for all web processes; a Redis that is away or hangs costs at most 0.2 s once,
    then each process counts in its own memory until Redis is back: nobody is refused for it."""
    app.config.update(
        RATELIMIT_STORAGE_URI=settings.redis_url,
        RATELIMIT_STORAGE_OPTIONS={
            "socket_timeout": 0.2,
            "socket_connect_timeout": 0.2,
            "protocol": 2,
        },
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_IN_MEMORY_FALLBACK=[],
        RATELIMIT_SWALLOW_ERRORS=True,
        RATELIMIT_KEY_PREFIX="haja",
    )
    app.after_request(_say_when_only_if_refused)
    app.before_request(_count_in_lots)
    app.after_request(_tell_quota)
    limiter.init_app(app)
    app.after_request(_note_own_retry)


def _count_in_lots() -> None:
    """A place in the API's limit, under the very key that the library uses. It knows success only:
    what cannot be had this way (the limit is reached, Redis is away) is the library's to answer."""
    if request.endpoint not in _IN_LOTS or limiter.limiter.storage is not limiter.storage:
        return
    limit = _only_limit(API())
    try:
        quota = _quotas.take(limit, "haja", _caller(), "api") if limit else None
    except Exception:  # noqa: BLE001 - whatever the storage raises: the library will meet it too
        return
    if limit and quota:
        g.quota_headers = quota_headers(limit, quota)


@lru_cache(maxsize=16)
def _only_limit(written: str) -> RateLimitItem | None:
    """None where several limits count at once."""
    limits = parse_many(written)
    return limits[0] if len(limits) == 1 else None


def _tell_quota(response: Response) -> Response:
    response.headers.extend(g.get("quota_headers", ()))
    return response


def _note_own_retry(response: Response) -> Response:
    """What the view itself said, before the library writes over it: hooks run last first."""
    g.own_retry = response.headers.get("Retry-After")
    return response


def _say_when_only_if_refused(response: Response) -> Response:
    """Retry-After is for 429 and 503 (RFC 9110, section 10.2.3); the library sends it always."""
    if "X-RateLimit-Limit" in response.headers and response.status_code != 429:
        response.headers.pop("Retry-After", None)
        if own := g.get("own_retry"):  # an outage, or a photo that is not ready yet
            response.headers["Retry-After"] = own
    return response
