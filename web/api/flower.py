"""Whether a caller may reach Flower: the gateway asks before it lets a call through.

Flower checks the same login again, but never slows down who guesses it.
"""

from hmac import compare_digest

from flask import Blueprint, Response, current_app, request

from config.networks import network_of
from config.settings import get_settings
from web.http.limits import RateLimiter, counted_by_device
from web.http.parameters import takes
from web.http.problems import Problem

# Wrong logins of one network (IPv6: /64); then it waits, with the right one too, or guessing would
# not be slowed down. Other networks do not wait, and a browser that a user has logged in with is
# counted by itself.
WRONG_LOGINS = "10 per 15 minute"
_SCOPE = "flower"

bp = Blueprint("flower", __name__)


@bp.get("/flower-login")
@takes(foreign=True)  # a gateway hands on Flower's own
def check_flower_login() -> Response:
    """204 for FLOWER_BASIC_AUTH as HTTP Basic credentials (RFC 7617), else 401 or 429.

    A call without credentials is a browser that has not asked yet, and counts for nothing.
    """
    limiter: RateLimiter = current_app.extensions["haja.limiter"]
    who = counted_by_device() or f"address:{network_of(request.remote_addr)}"
    if "Authorization" in request.headers:
        limiter.check(WRONG_LOGINS, _SCOPE, who)
        if _is_right():
            return Response(status=204, headers={"Cache-Control": "no-store"})
        limiter.hit(WRONG_LOGINS, _SCOPE, who)
    raise Problem(
        401,
        "not_authenticated",
        headers={"WWW-Authenticate": 'Basic realm="Flower", charset="UTF-8"'},
    )


def _is_right() -> bool:
    login = get_settings().flower_basic_auth
    given = request.authorization
    if not login or given is None or given.type != "basic":
        return False
    return compare_digest(f"{given.username}:{given.password}".encode(), login.encode())
