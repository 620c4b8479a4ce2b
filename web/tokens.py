"""Tokens for programs: OAuth 2's password grant, rotation and revocation (RFC 6749, RFC 7009)."""

from typing import Any

from flask import Blueprint, Response, request

from models.errors import NotAuthenticated
from models.services.logins import close_login, open_login, rotate_login
from models.services.users import find_by_password
from web.auth import make_tokens, read_refresh_token
from web.database import transaction
from web.limits import LOGIN, limiter
from web.parsing import parse_body
from web.presenting import json_response
from web.problems import Problem
from web.schemas import LoginIn, RefreshIn

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
    claims = read_refresh_token(_shown_token())
    with transaction() as session:
        close_login(session, int(claims["sid"]))
    return Response(status=204)


def _shown_token() -> str:
    bearer = request.headers.get("Authorization", "")
    if bearer.lower().startswith("bearer "):
        return bearer[7:].strip()
    return parse_body(RefreshIn, forms=True).refresh_token


def _token_response(body: dict[str, Any]) -> Response:
    return json_response(body, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})
