"""Signed links: a requester has no account, the address itself is the key."""

import hmac
from base64 import urlsafe_b64encode

from config.settings import Settings

_BYTES = 18  # 144 bits of HMAC-SHA-256: short enough for a mail, far beyond guessing


def sign_reference(settings: Settings, reference: str) -> str:
    """The token of one request's link: its reference and a signature.

    The same each time, so that every mail's link agrees.
    """
    words = b"status-link\0" + reference.encode()
    digest = hmac.digest(settings.secret_key.encode(), words, "sha256")
    return f"{reference}.{urlsafe_b64encode(digest[:_BYTES]).decode()}"


def read_token(settings: Settings, token: str) -> str | None:
    """The reference that ``token`` opens, or None if it was not signed here."""
    reference, dot, _ = token.rpartition(".")
    expected = sign_reference(settings, reference)
    fits = hmac.compare_digest(expected.encode(), token.encode("utf-8", "replace"))
    return reference if dot and fits else None


def status_url(settings: Settings, reference: str) -> str:
    """The address a requester follows, absolute."""
    return f"{settings.base_url}/r/{reference}?token={sign_reference(settings, reference)}"
