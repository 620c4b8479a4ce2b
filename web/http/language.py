"""Which of the two languages the caller reads."""

import re

from flask import Response, g, has_request_context, request

from config.settings import get_settings
from models.languages import DEFAULT, named_language, preferred_language

COOKIE = "haja_language"
_YEAR = 365 * 24 * 3600  # seconds

_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")


def current_language() -> str:
    """``ko`` or ``en``: the page's choice, a cookie, else Accept-Language; Korean if none fits."""
    if not has_request_context():
        return DEFAULT
    if "language" not in g:
        g.language = _chosen() or accepted_language()
    return str(g.language)


def language_of(text: str) -> str:
    """The language of what somebody wrote, for callers that do not say which they read."""
    return preferred_language(_header()) or written_language(text)


def written_language(text: str) -> str:
    """``ko`` if there is any Korean letter in it."""
    return "ko" if _HANGUL.search(text) else "en"


def accepted_language() -> str:
    """What the Accept-Language header prefers."""
    return preferred_language(_header()) or DEFAULT


def _header() -> str:
    return request.headers.get("Accept-Language", "")


def _chosen() -> str | None:
    for choice in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if language := named_language(choice or ""):
            return language
    return None


def remember_language(response: Response) -> None:
    """``?lang=`` is a choice that lasts."""
    chosen = named_language(request.args.get("lang", ""))
    if chosen and response.mimetype == "text/html":
        response.set_cookie(
            COOKIE,
            chosen,
            max_age=_YEAR,
            httponly=True,
            samesite="Lax",
            secure=get_settings().base_url.startswith("https://"),
        )
