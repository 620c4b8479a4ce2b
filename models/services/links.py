"""Signed links to a request's status page: requesters have no account, so the URL is the key."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from functools import lru_cache

from config.settings import Settings

_BYTES = 18  # 144 bits of HMAC-SHA-256: short enough for a mail, far beyond guessing


def sign_reference(settings: Settings, reference: str) -> str:
    """The token of one request's link: its reference and a signature.

    It does not change, so every mail about the request has the same link.
    """
    return _sign(settings.secret_key, reference)


def _sign(secret: str, reference: str) -> str:
    words = b"status-link\0" + reference.encode()
    digest = hmac.digest(secret.encode(), words, "sha256")
    return f"{reference}.{urlsafe_b64encode(digest[:_BYTES]).decode()}"


def read_token(settings: Settings, token: str) -> str | None:
    """The reference in ``token``, or None if the signature is wrong."""
    reference, dot, _ = token.rpartition(".")
    expected = sign_reference(settings, reference)
    fits = hmac.compare_digest(expected.encode(), token.encode("utf-8", "replace"))
    return reference if dot and fits else None


def status_path(settings: Settings, reference: str) -> str:
    """The path of a request's status page."""
    return _status_path(settings.secret_key, reference)


def status_url(settings: Settings, reference: str) -> str:
    """The absolute URL of a request's status page."""
    return settings.base_url + _status_path(settings.secret_key, reference)


def status_urls(settings: Settings, references: Iterable[str]) -> list[str]:
    """The URLs of many requests' status pages, in order."""
    base_url, secret = settings.base_url, settings.secret_key
    return [base_url + _status_path(secret, reference) for reference in references]


@lru_cache(maxsize=4096)
def _status_path(secret: str, reference: str) -> str:
    """Cached, as lists name the same requests again and again, and only for references of ours."""
    return f"/r/{reference}?token={_sign(secret, reference)}"
