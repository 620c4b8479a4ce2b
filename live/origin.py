"""Whose page opens a socket.

Cookies travel with the socket of a foreign page, too, and no CORS keeps it from reading: its Origin
is all that gives it away (RFC 6455, section 10.2).
"""

import re
from enum import Enum
from urllib.parse import urlsplit

from websockets.http11 import Request

from config.settings import Settings
from live.answers import Refusal, one_header

_NETLOC = r"(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?"
_HOST = re.compile(_NETLOC)
# An opaque origin is called null (RFC 6454, section 6.1).
_ORIGIN = re.compile(rf"null|[a-z][a-z0-9+.-]*://({_NETLOC})")


class Page(Enum):
    OWN = "ours, or no page but a program, which sends no Origin"
    ALLOWED = "of CORS_ORIGINS: let in by its token alone"
    FOREIGN = "anybody else's"


def page_of(request: Request, settings: Settings) -> Page:
    """Raises Refusal: the headers that tell it mean nothing."""
    host = one_header(request, "Host").lower()
    origin = one_header(request, "Origin").lower()
    found = _ORIGIN.fullmatch(origin)
    if not _HOST.fullmatch(host) or (origin and not found):
        raise Refusal(400, "bad_request")
    if not found or found[1] in (host, urlsplit(settings.base_url).netloc.lower()):
        return Page.OWN
    return Page.ALLOWED if origin in settings.allowed_origins else Page.FOREIGN
