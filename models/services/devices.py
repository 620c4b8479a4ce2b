"""Browsers and programs that somebody has logged in with: known by a signed token of their own.

The token lets nobody in. It says that a login from this device is not a stranger's guess, and it
ties the forms of a user's pages to the device, so that they outlive a login.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import jwt
import orjson

from models.base import now
from models.services.access_tokens import ALGORITHM, ISSUER, LEEWAY

LIFETIME = timedelta(days=365)
_TYPE = "device"
_MOST_USERS = 10  # of one device; whoever has not logged in for longest is forgotten first
_LONGEST = 1000  # characters of a token


@dataclass(frozen=True, slots=True)
class Device:
    """``id`` is random and secret; ``users`` have logged in with it, the latest last."""

    id: str
    users: tuple[int, ...] = ()

    def used_by(self, user_id: int) -> "Device":
        """The device after a login of this user."""
        others = [one for one in self.users if one != user_id]
        return replace(self, users=(*others, user_id)[-_MOST_USERS:])


def new_device() -> Device:
    return Device(secrets.token_urlsafe(24))


def write_device(secret: str, device: Device) -> str:
    """The device's token."""
    claims = {
        "iss": ISSUER,
        "type": _TYPE,
        "jti": device.id,
        "users": device.users,
        "exp": now() + LIFETIME,
    }
    return jwt.encode(claims, secret, ALGORITHM)


def read_device(secret: str, token: str) -> Device | None:
    """The device of a token; None if it is none of ours."""
    if not token or len(token) > _LONGEST:
        return None
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            leeway=LEEWAY,
            options={"require": ["exp", "jti"]},
        )
    except jwt.PyJWTError:
        return None
    return Device(claims["jti"], _users(claims)) if claims.get("type") == _TYPE else None


def _users(claims: dict[str, Sequence[int]]) -> tuple[int, ...]:
    return tuple(claims.get("users", ()))


def form_token(secret: str, device: Device, user_id: int) -> str:
    """What the user's forms on this device carry, in this login and in the next: nobody else can
    know it."""
    words = orjson.dumps(["form", device.id, user_id])
    return hmac.digest(secret.encode(), words, "sha256").hex()
