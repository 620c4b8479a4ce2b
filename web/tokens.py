"""Tokens for programs: OAuth 2's password grant, rotation and revocation (RFC 6749, RFC 7009)."""

from typing import Any

from flask import Blueprint, Response, request

from models.errors import NotAuthenticated
from models.services.logins import close_login, open_login, rotate_login
from models.services.users import find_by_password
from web.auth import make_tokens, read_refresh_token, read_token_of_login
from web.database import transaction
from web.limits import LOGIN, limiter
from web.parsing import parse_body
from web.presenting import json_response
from web.problems import Problem
from web.schemas import LoginIn, RefreshIn, RevokeIn

bp = Blueprint("tokens", __name__)


@bp.post("/token")
@limiter.limit(LOGIN)
def issue_token() -> Response:
    """Trade a username and password for tokens."""
    given = parse_body(LoginIn, forms=True)
    with transaction() as session:
        user = find_by_password(session, given.username, given.password)
        login = open_login(session, user) if user else None
    if login is None:
        raise Problem(401, "bad_credentials", headers={"WWW-Authenticate": "Bearer"})
    return _token_response(make_tokens(login))


@bp.post("/token/refresh")
@limiter.limit(LOGIN)
def refresh_token() -> Response:
    """Trade a refresh token for new tokens; each works once."""
    claims = read_refresh_token(_shown_token())
    with transaction() as session:
        login = rotate_login(session, int(claims["sid"]), str(claims["rid"]))
    if login is None:
        raise NotAuthenticated
    return _token_response(make_tokens(login))


@bp.post("/token/revoke")
@limiter.limit(LOGIN)
def revoke_token() -> Response:
    """End a login: its access and refresh tokens stop working at once."""
    claims = _read_token_to_revoke()
    with transaction() as session:
        close_login(session, int(claims["sid"]))
    return Response(status=204)


def _read_token_to_revoke() -> dict[str, Any]:
    """RFC 7009's ``token`` may be of either kind; an access token that only came along with the
    call, as with every other, was not meant."""
    if request.mimetype and (named := parse_body(RevokeIn, forms=True).token):
        return read_token_of_login(named)
    return read_refresh_token(_shown_token())


def _shown_token() -> str:
    """What the body names; else the bearer. Programs that send their access token with every call
    send it here too."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and not request.mimetype:
        return bearer.strip()
    return parse_body(RefreshIn, forms=True).refresh_token or bearer.strip()


def _token_response(body: dict[str, Any]) -> Response:
    return json_response(body, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})
