"""Where a caller is."""

from ipaddress import ip_address

from websockets.http11 import Request

from live.connection import Socket


def address_of(socket: Socket, request: Request, hops: int) -> str:
    """As the last of ``hops`` trusted proxies saw it; empty if it is nobody's own: a gateway on
    this machine that says of no caller who they are, or no address at all."""
    told = ",".join(request.headers.get_all("X-Forwarded-For")).split(",")
    peer = str((socket.remote_address or ("",))[0])
    address = peer if not hops else told[-hops].strip() if len(told) >= hops else ""
    try:
        return "" if ip_address(address).is_loopback else address
    except ValueError:
        return ""
