"""Who calls, as limits and keys tell callers apart."""

from flask import g, request

from config.networks import network_of


def caller() -> str:
    """The user if a valid token was shown, else the address (behind trusted proxies only)."""
    user = g.get("user")
    return f"user:{user.id}" if user else f"address:{network_of(request.remote_addr)}"
