"""Networks: which callers are one, and how this machine calls itself."""

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

_UNKNOWN = "127.0.0.1"  # over a local socket
# As some proxies write it.
_WITH_PORT = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}|\[([^]]+)\](?::\d{1,5})?", re.ASCII)


@lru_cache(maxsize=4096)
def network_of(address: str | None) -> str:
    """The address; of IPv6 the /64 that a household or a server gets as a whole (RFC 6177)."""
    bare = (address or _UNKNOWN).partition("%")[0]
    try:
        parsed = ip_address(_WITH_PORT.sub(r"\1\2", bare))
    except ValueError:
        return bare[:64]  # whatever the proxy calls it
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, 64), strict=False))


def reachable_host(bind: str) -> str:
    """The host, as addresses have it, where this machine reaches who listens on ``bind``."""
    if bind in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{bind}]" if ":" in bind else bind
