"""Which submissions are the same call sent again: they make nothing new.

A key belongs to its caller: somebody else's equal key is another key, so nobody can take a key
before its owner uses it, or be shown what another caller sent under it.
"""

import hashlib
import re
import secrets

from flask import Response, request

from config.networks import network_of
from config.settings import get_settings
from models.user import Person
from web.http.parsing import field_problem

# A browser's own random mark, which tells apart those who share an address.
COOKIE = "haja_sender"
_COOKIE_SECONDS = 30 * 24 * 3600

# By the gateway for each call: a call that it sends to a second web process, because the first one
# did not answer, carries the same.
ATTEMPT = "X-Gateway-Call"

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_MARK = re.compile(r"[\w-]{20,64}", re.ASCII)


def read_key(user: Person | None, *, link: str = "") -> tuple[str | None, bool]:
    """The key of this call as it is stored, and whether the caller chose it. Whoever has a request's
    ``link`` is one caller, wherever they are: a telephone changes its address between two taps.

    It comes in the header ``Idempotency-Key``; a browser's form carries it as a hidden field.

    Raises:
        Problem: it is not 1 to 255 printable ASCII characters without spaces.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None and request.form:
        key = request.form.get("idempotency_key") or None
    if key is not None:
        if not _KEY.fullmatch(key):
            raise field_problem("Idempotency-Key", "key_length")
        return f"{f'link:{link}' if link else _owner(user)}:{key}", True
    attempt = request.headers.get(ATTEMPT, "")
    return (f"attempt:{attempt}" if _MARK.fullmatch(attempt) else None), False


def _owner(user: Person | None) -> str:
    if user is not None:
        return f"user:{user.id}"
    mark = request.cookies.get(COOKIE, "")
    if _MARK.fullmatch(mark):
        return f"browser:{hashlib.sha256(mark.encode()).hexdigest()[:32]}"
    return f"address:{network_of(request.remote_addr)}"


def mark_browser(response: Response) -> None:
    """Give this browser a mark of its own, if it has none yet."""
    if _MARK.fullmatch(request.cookies.get(COOKIE, "")):
        return
    response.set_cookie(
        COOKIE,
        secrets.token_urlsafe(16),
        max_age=_COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=get_settings().base_url.startswith("https://"),
    )
