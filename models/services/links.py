"""Signed links to a request's status page: requesters have no account, so the URL is the key."""

import hmac
from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import NamedTuple

from config.settings import Settings

_BYTES = 18  # 144 bits of HMAC-SHA-256: short enough for a mail, far beyond guessing


class Link(NamedTuple):
    """What a token opens: this request, as long as its link has this version."""

    reference: str
    version: int


def sign_reference(settings: Settings, reference: str, version: int = 0) -> str:
    """The token of one request's link: its reference, the link's version from 1 on, a signature.

    It changes with the version alone, so every mail about the request has the same link until an
    operator revokes it.
    """
    return _sign(settings.secret_key, reference, version)


def _sign(secret: str, reference: str, version: int) -> str:
    return _sign_text(secret, f"{reference}.{version}" if version else reference)


def _sign_text(secret: str, signed: str) -> str:
    digest = hmac.digest(secret.encode(), b"status-link\0" + signed.encode(), "sha256")
    return f"{signed}.{urlsafe_b64encode(digest[:_BYTES]).decode()}"


def read_token(settings: Settings, token: str) -> Link | None:
    """What ``token`` opens, or None if the signature is wrong."""
    signed, dot, _ = token.rpartition(".")
    expected = _sign_text(settings.secret_key, signed)
    fits = hmac.compare_digest(expected.encode(), token.encode("utf-8", "replace"))
    if not (dot and fits):
        return None
    reference, _, version = signed.partition(".")
    return Link(reference, int(version or 0))


def status_path(settings: Settings, reference: str, version: int) -> str:
    """The path of a request's status page, whose link has this version."""
    return _status_path(settings.secret_key, reference, version)


def status_url(settings: Settings, reference: str, version: int) -> str:
    """The absolute URL of a request's status page."""
    return settings.base_url + _status_path(settings.secret_key, reference, version)


@lru_cache(maxsize=4096)
def _status_path(secret: str, reference: str, version: int) -> str:
    """Cached, as lists name the same requests again and again, and only for references of ours."""
    return f"/r/{reference}?token={_sign(secret, reference, version)}"
