"""Access tokens: JSON Web Tokens (RFC 7519) that name a login, read by every process that lets
somebody in.

A token says who shows it, not that they may still come in: whether its login is open is asked of
the database at each call (``models.services.logins``).
"""

import time
from functools import lru_cache
from typing import Any

import jwt

from config.settings import Settings
from models.errors import NotAuthenticated

ISSUER = "haja"
ALGORITHM = "HS256"
LEEWAY = 10  # seconds by which the clocks of two hosts may differ
_TOKENS_CACHED = 1024
_LARGEST_ID = 2**63 - 1


def cookie_name(settings: Settings, purpose: str) -> str:
    """What a page's cookie is called: ``access`` for its token, ``csrf`` for what guards its forms.

    Over https by the name alone browsers take it from this very host only, over https, for all
    paths (RFC 6265bis).
    """
    prefix = "__Host-" if settings.base_url.startswith("https://") else ""
    return f"{prefix}haja_{purpose}"


def read_access_token(secret: str, token: str) -> dict[str, Any]:
    """The claims of an access token: at least ``sub`` (the user's id as text), ``sid`` (the login's
    id) and ``exp`` (seconds since 1970). Not to be changed.

    Raises:
        NotAuthenticated: it is not ours, has ended, or is no access token.
    """
    claims = _verified(secret, token)
    if claims.get("type") != "access" or claims["exp"] + LEEWAY < time.time():
        raise NotAuthenticated
    return claims


@lru_cache(maxsize=_TOKENS_CACHED)
def _verified(secret: str, token: str) -> dict[str, Any]:
    """Checking a signature costs as much as a short query, and a program shows the same token for
    half an hour. Only what cannot change is cached; what was refused is not."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            secret,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            leeway=LEEWAY,
            options={"require": ["exp", "sub"]},
        )
    except jwt.PyJWTError:
        raise NotAuthenticated from None
    check_claims(claims)
    return claims


def check_claims(claims: dict[str, Any]) -> None:
    """Signed or not: a token that never ends, or names no login, is none that we made.

    Raises:
        NotAuthenticated
    """
    # Not isinstance: True is an int to Python, and no number to the database.
    numbers = type(claims.get("sid")) is int and type(claims.get("exp")) is int
    user = str(claims.get("sub"))
    if not numbers or not (user.isascii() and user.isdecimal()):
        raise NotAuthenticated
    if not all(0 <= one <= _LARGEST_ID for one in (claims["sid"], int(user[:20]))):
        raise NotAuthenticated
