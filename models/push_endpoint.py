"""Where messages to browsers may be sent.

An endpoint comes from a stranger's browser, and a worker calls it: only push services that are known
are called, else anybody could have us call what stands inside our network.
"""

import hashlib
import re
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

# The push services of Chrome and its kin, Firefox, Edge and Safari: these hosts and what is below
# them.
_SERVICES = (
    "fcm.googleapis.com",
    "push.services.mozilla.com",
    "notify.windows.com",
    "push.apple.com",
)
MOST_CHARACTERS = 1000
_KEY = re.compile(r"[0-9a-f]{64}")


def is_push_endpoint(endpoint: str, own_origins: Collection[str] = ()) -> bool:
    """Whether ``endpoint`` is an address at a push service that is known, or at one of
    ``own_origins``, which the settings name."""
    if not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint:
        return False
    if len(endpoint) > MOST_CHARACTERS:
        return False
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return False
    if "@" in parts.netloc or "\\" in endpoint or parts.fragment or not parts.path.strip("/"):
        return False
    if origin_of(parts) in own_origins:
        return True
    return parts.scheme == "https" and port in (None, 443) and _is_service(parts.hostname or "")


def _is_service(host: str) -> bool:
    return any(host == one or host.endswith(f".{one}") for one in _SERVICES)


def origin_of(parts: SplitResult) -> str:
    """As browsers name it (RFC 6454, section 6.2)."""
    return f"{parts.scheme}://{parts.netloc.lower()}"


def endpoint_key(endpoint: str) -> str:
    """64 hex digits that stand for the endpoint: whoever knows the endpoint may send to it, so pages
    and addresses do not show it."""
    return hashlib.sha256(endpoint.encode()).hexdigest()


def is_endpoint_key(text: str) -> bool:
    """Whether it could stand for an endpoint."""
    return _KEY.fullmatch(text) is not None
