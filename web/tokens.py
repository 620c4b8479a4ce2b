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
    claims = read_refresh_token(_shown_token(RefreshIn))
    with transaction() as session:
        login = rotate_login(session, int(claims["sid"]), str(claims["rid"]))
    if login is None:
        raise NotAuthenticated
    return _token_response(make_tokens(login))


@bp.post("/token/revoke")
@limiter.limit(LOGIN)
def revoke_token() -> Response:
    """End a login by any of its tokens: all of them stop working at once."""
    claims = read_token_of_login(_shown_token(RevokeIn))
    with transaction() as session:
        close_login(session, int(claims["sid"]))
    return Response(status=204)


def _shown_token(model: type[RefreshIn]) -> str:
    bearer = request.headers.get("Authorization", "")
    if bearer.lower().startswith("bearer "):
        return bearer[7:].strip()
    given = parse_body(model, forms=True)
    return given.refresh_token or (given.token if isinstance(given, RevokeIn) else "")


def _token_response(body: dict[str, Any]) -> Response:
    return json_response(body, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})
