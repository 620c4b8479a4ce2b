"""The Content-Security-Policy of pages: from elsewhere only what the settings put there."""

import re
from urllib.parse import urlsplit

from flask import request

from config.settings import Settings
from web.http.analytics import analytics_origins, visit

EMBEDDED = "pages.show_embedded_form"

_HOST = re.compile(r"[A-Za-z0-9.-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")


def content_policy(settings: Settings) -> str:
    """The header's value for this call's page."""
    files = _files(settings)
    pictures = " ".join([files, "data:", "blob:", *photo_origins(settings)])
    host = request.host if _HOST.fullmatch(request.host) else ""
    sockets = f" ws://{host} wss://{host}" if host else ""
    counters = "".join(f" {origin}" for origin in (analytics_origins(settings) if visit() else []))
    return (
        f"default-src 'self'; style-src {files}; script-src {files}; "
        f"img-src {pictures}; connect-src 'self'{sockets}{counters}; "
        f"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {_framing(settings)}"
    )


def service_worker_policy(settings: Settings) -> str:
    """For the script that answers in the page's place: it fetches what the form is made of, and shows
    messages with our icon."""
    files = _files(settings)
    return (
        f"default-src 'none'; script-src {files}; connect-src {files}; img-src {files}; "
        "object-src 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def is_embedded() -> bool:
    """Whether this call is for the one page that others may frame."""
    return request.endpoint == EMBEDDED


def _framing(settings: Settings) -> str:
    origins = settings.framing_origins if is_embedded() else []
    return " ".join(origins) or "'none'"


def _files(settings: Settings) -> str:
    return " ".join(["'self'", *([cdn] if (cdn := _origin(settings.cdn_url)) else [])])


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
