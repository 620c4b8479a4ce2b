"""What protects every answer, errors and files included; pages say more (see ``pages.headers``)."""

from flask import Flask, Response, request

from config.settings import Settings

# For what is no page: nothing in it may run, load or be framed, should a browser ever open it.
_NOTHING = (
    "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_YEAR = 365 * 24 * 3600


def init_guarding(app: Flask, settings: Settings) -> None:
    """Registered before all others, so that it runs last and only fills in what is missing."""
    over_https = settings.base_url.startswith("https://")

    def guard(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Referrer-Policy", "no-referrer")
        headers.setdefault("Permissions-Policy", "geolocation=(), microphone=(), camera=()")
        headers.setdefault("Content-Security-Policy", _NOTHING)
        # Who forgot to say how long an answer may be kept has said: not at all.
        headers.setdefault("Cache-Control", "private, no-store")
        if over_https or request.is_secure:  # elsewhere browsers ignore it, and complain
            headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if settings.production and over_https:
            headers.setdefault("Strict-Transport-Security", f"max-age={_YEAR}; includeSubDomains")
        return response

    app.after_request(guard)
