"""Signed links: a requester has no account, the address itself is the key."""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from config.settings import Settings

_BYTES = 18  # 144 bits of HMAC-SHA-256: short enough for a mail, far beyond guessing


def sign_reference(settings: Settings, reference: str) -> str:
    """The token of one request's link; the same each time, so that every mail's link agrees."""
    digest = hmac.new(
        settings.secret_key.encode(), b"status-link\0" + reference.encode(), hashlib.sha256
    ).digest()
    return urlsafe_b64encode(digest[:_BYTES]).decode()


def token_fits(settings: Settings, reference: str, token: str) -> bool:
    """Whether ``token`` was signed for ``reference``; takes the same time either way."""
    return hmac.compare_digest(sign_reference(settings, reference).encode(), token.encode())


def status_url(settings: Settings, reference: str) -> str:
    """The address a requester follows, absolute."""
    return f"{settings.base_url}/r/{reference}?token={sign_reference(settings, reference)}"
