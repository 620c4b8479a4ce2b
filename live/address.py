"""Where a caller is."""

from ipaddress import ip_address

from websockets.http11 import Request

from config.networks import network_of


def address_of(request: Request, trusted_proxies: int) -> str:
    """The network (IPv6: a /64) that the gateway saw, or the first of so many trusted proxies in
    front of it; empty if it is nobody's own: a caller on this machine, one past the gateway, or no address at all."""
    hops = 1 + trusted_proxies
    told = ",".join(request.headers.get_all("X-Forwarded-For")).split(",")
    address = told[-hops].strip() if len(told) >= hops else ""
    try:
        return "" if ip_address(address).is_loopback else network_of(address)
    except ValueError:
        return ""
