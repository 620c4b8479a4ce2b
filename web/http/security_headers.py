"""What protects every answer, errors and files included; pages allow themselves a little more."""

from functools import lru_cache

from flask import Response, request

from config.settings import Settings, get_settings
from web.http.content_policy import content_policy, is_embedded

# For what is no page: nothing in it may run, load or be framed, should a browser ever open it.
_NOTHING = (
    "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
YEAR = 365 * 24 * 3600  # seconds


def protect(response: Response) -> None:
    """Fill in what the answer has not set itself."""
    settings = get_settings()
    headers = response.headers
    if response.mimetype == "text/html":
        headers.setdefault("Content-Security-Policy", content_policy(settings))
        # Not no-referrer: that makes browsers send "Origin: null" with our own forms (Fetch, 3.2),
        # and the login looks at the Origin. To other sites nothing is said either way.
        headers.setdefault("Referrer-Policy", "same-origin")
        # Not Cookie: the form's answer sets one, and the back button would not find the page again.
        response.vary.update(("Accept", "Accept-Language"))
    given = {name.lower() for name in headers.keys()}  # noqa: SIM118 - a multidict
    for name, value in _defaults(settings, https=request.is_secure):
        if name.lower() not in given:
            headers.add(name, value)
    if is_embedded() and settings.framing_origins:
        del headers["X-Frame-Options"]  # it cannot name an origin; frame-ancestors does


@lru_cache(maxsize=8)
def _defaults(settings: Settings, *, https: bool) -> tuple[tuple[str, str], ...]:
    """``https`` is how this call came."""
    over_https = settings.base_url.startswith("https://")
    headers = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "geolocation=(), microphone=(), camera=()",
        "Content-Security-Policy": _NOTHING,
        # Who forgot to say how long an answer may be kept has said: not at all.
        "Cache-Control": "private, no-store",
    }
    if over_https or https:  # elsewhere browsers ignore it, and complain
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if settings.production and over_https:
        headers["Strict-Transport-Security"] = f"max-age={YEAR}; includeSubDomains"
    return tuple(headers.items())
