"""How often one caller may call. Counting lives in Redis and falls back to memory without it."""

from flask import Flask, Response, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from config.settings import Settings, get_settings
from web.http.quota import PREFIX, Quotas

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


API_SCOPE = "api"


def _caller() -> str:
    """The user if a valid token was shown, else the address (behind trusted proxies only)."""
    user = g.get("user")
    return user_as_caller(user.id) if user else address_as_caller(get_remote_address())


def user_as_caller(user_id: int) -> str:
    return f"user:{user_id}"


def address_as_caller(address: str) -> str:
    return f"address:{address or '127.0.0.1'}"


limiter = Limiter(key_func=_caller, headers_enabled=True, strategy="moving-window")
quotas = Quotas(limiter)


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
        RATELIMIT_KEY_PREFIX=PREFIX,
    )
    app.after_request(_say_when_only_if_refused)
    app.before_request(_count_in_lots)
    app.after_request(_tell_quota)
    limiter.init_app(app)
    app.after_request(_note_own_retry)


def _count_in_lots() -> None:
    if request.endpoint in _IN_LOTS and (quota := quotas.take(API(), _caller(), API_SCOPE)):
        g.quota_headers = quota.headers()


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
