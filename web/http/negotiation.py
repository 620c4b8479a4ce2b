"""Whether the caller is a person with a browser or a program."""

from functools import lru_cache

from flask import request
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

# What a browser opens by itself below /api/: the form's target and the pictures behind links.
_PAGES_OF_THE_API = frozenset(
    {"requests.submit_request", "photos.show_photo", "photos.show_rendition"}
)
_FOR_PROGRAMS = ("/api/", "/token", "/healthz", "/readyz", "/metrics", "/openapi.json")


def prefers_html() -> bool:
    """A browser says that it prefers HTML; a script that says nothing, or ``*/*``, does not."""
    return _prefers_html(request.headers.get("Accept", ""))


@lru_cache(maxsize=256)
def _prefers_html(header: str) -> bool:
    accepted = parse_accept_header(header, MIMEAccept)
    return bool(accepted) and accepted["text/html"] > accepted["application/json"]


def wants_page() -> bool:
    """Whether an error should be a page: the API's own addresses keep to problem documents."""
    if request.endpoint not in _PAGES_OF_THE_API and request.path.startswith(_FOR_PROGRAMS):
        return False
    return prefers_html()
