"""What protects every answer, errors and files included; pages say more (see ``pages.headers``)."""

from flask import Flask, Response, request

from config.settings import Settings

# For what is no page: nothing in it may run, load or be framed, should a browser ever open it.
_NOTHING = (
    "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_YEAR = 365 * 24 * 3600


def init_security_headers(app: Flask, settings: Settings) -> None:
    """Registered before all others, so that it runs last and only fills in what is missing."""
    by_scheme = {https: security_headers(settings, https=https) for https in (True, False)}

    def guard(response: Response) -> Response:
        given = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 - a multidict
        for name, value in by_scheme[request.is_secure].items():
            if name.lower() not in given:
                response.headers.add(name, value)
        return response

    app.after_request(guard)


def security_headers(settings: Settings, *, https: bool) -> dict[str, str]:
    """Headers of every answer that does not set its own; ``https`` is how this call came."""
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
        headers["Strict-Transport-Security"] = f"max-age={_YEAR}; includeSubDomains"
    return headers
