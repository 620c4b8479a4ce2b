"""Which token a program shows, and what it claims: looked at closely once, then remembered.

Checking a signature costs as much as a short query, and a program shows the same token for half an
hour. Only what holds for good is remembered, the signature: when it ends, and whether its login is
still open, is asked at each call.
"""

import re
import time
from functools import lru_cache
from typing import Any

from flask import current_app, request
from flask_jwt_extended import decode_token

_BEARER = re.compile(r"Bearer ([\w.=-]+)", re.ASCII)
_TOKENS_KEPT = 1024


def bearer_claims() -> dict[str, Any] | None:
    """The claims of the access token in the Authorization header; not to be changed.

    None if there is no such token in its plain form, or if it is none that may pass.

    Raises:
        PyJWTError, JWTExtendedException: the token does not hold.
    """
    shown = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    if shown is None:
        return None
    claims = _verified(current_app.config["JWT_SECRET_KEY"], shown.group(1))
    end = claims.get("exp")
    passes = claims.get("type") == "access" and isinstance(end, int) and end > time.time()
    return claims if passes else None


@lru_cache(maxsize=_TOKENS_KEPT)
def _verified(_secret: str, token: str) -> dict[str, Any]:
    """By the secret too: another one makes another signature. What is refused is not kept."""
    claims: dict[str, Any] = decode_token(token)
    return claims
