"""What protects every HTML answer, how long pages and assets are kept, and the language cookie."""

import re
from urllib.parse import urlsplit

from flask import Flask, Response, request

from config.settings import Settings, get_settings
from models.languages import LANGUAGES
from web.http.language import COOKIE
from web.pages.analytics import analytics_origins, visit

_HOST = re.compile(r"[A-Za-z0-9.-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")
_YEAR = 365 * 24 * 3600


def init_headers(app: Flask) -> None:
    app.after_request(_protect)
    app.after_request(_remember_language)


def _protect(response: Response) -> Response:
    if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
        # The address carries a hash of the content (see ``asset``): it never means another file.
        response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    if request.endpoint == "static" and get_settings().cdn_url:
        # A page may only run modules from another origin that allows it; these files are public.
        response.headers["Access-Control-Allow-Origin"] = "*"
    if response.mimetype != "text/html":
        return response
    response.headers.setdefault("Content-Security-Policy", content_policy(get_settings()))
    # Not no-referrer: that makes browsers send "Origin: null" with our own forms (Fetch, 3.2),
    # and the login looks at the Origin. To other sites nothing is said either way.
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "geolocation=(), microphone=(), camera=()")
    if request.is_secure:  # elsewhere browsers ignore it, and complain
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "private, no-store")
    response.vary.update(("Accept", "Accept-Language", "Cookie"))
    return response


def content_policy(settings: Settings) -> str:
    """The Content-Security-Policy: from elsewhere only what the settings put there."""
    files = " ".join(["'self'", *([cdn] if (cdn := _origin(settings.cdn_url)) else [])])
    pictures = " ".join([files, "data:", "blob:", *photo_origins(settings)])
    host = request.host if _HOST.fullmatch(request.host) else ""
    sockets = f" ws://{host} wss://{host}" if host else ""
    counters = "".join(f" {origin}" for origin in (analytics_origins(settings) if visit() else []))
    return (
        f"default-src 'self'; style-src {files}; script-src {files}; "
        f"img-src {pictures}; connect-src 'self'{sockets}{counters}; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def photo_origins(settings: Settings) -> list[str]:
    """Where a photo's address may redirect to: the bucket, by path and by host name."""
    if not settings.s3_bucket:
        return []
    region = f"https://s3.{settings.aws_region}.amazonaws.com"
    addresses = (
        [settings.aws_endpoint_url]
        if settings.aws_endpoint_url
        else ["https://s3.amazonaws.com", region]
    )
    origins = [_origin(address) for address in addresses]
    origins += [_origin(address, settings.s3_bucket) for address in addresses]
    return sorted({origin for origin in origins if origin})


def _origin(address: str, bucket: str = "") -> str:
    """``scheme://host``, with the bucket before the host; empty if it is no plain address."""
    parts = urlsplit(address)
    host = f"{bucket}.{parts.netloc}" if bucket else parts.netloc
    return f"{parts.scheme}://{host}" if parts.scheme and _HOST.fullmatch(host) else ""


def _remember_language(response: Response) -> Response:
    """``?lang=`` is a choice that lasts."""
    chosen = request.args.get("lang")
    if chosen in LANGUAGES and response.mimetype == "text/html":
        response.set_cookie(
            COOKIE,
            chosen,
            max_age=_YEAR,
            httponly=True,
            samesite="Lax",
            secure=get_settings().base_url.startswith("https://"),
        )
    return response
