"""Tokens for programs: OAuth 2's password grant, rotation and revocation (RFC 6749, RFC 7009)."""

from typing import Any, TypeVar

from flask import Blueprint, Response, request

from models.errors import NotAuthenticated
from models.services.logins import close_login, rotate_login
from web.http.answers import json_response
from web.http.auth import make_tokens, read_refresh_token, read_token_of_login
from web.http.database import transaction
from web.http.device import device_after_login, remember_device
from web.http.parsing import parse, parse_body
from web.http.passwords import log_in_with_password, over_limit
from web.http.problems import Problem
from web.schemas import LoginIn, RefreshIn, RevokeIn

bp = Blueprint("tokens", __name__)

Shown = TypeVar("Shown", bound=RefreshIn)


@bp.post("/token")
def issue_token() -> Response:
    """Trade a username and password for tokens."""
    given = parse_body(LoginIn, forms=True)
    login = log_in_with_password(given.username, given.password)
    if login is None:
        raise Problem(401, "bad_credentials", headers={"WWW-Authenticate": "Bearer"})
    response = _token_response(make_tokens(login))
    remember_device(response, device_after_login(login.user.id))
    return response


@bp.post("/token/refresh")
def refresh_token() -> Response:
    """Trade a refresh token for new tokens; each works once."""
    with over_limit():
        claims = read_refresh_token(_read_shown(RefreshIn).refresh_token)
        with transaction() as session:
            login = rotate_login(session, int(claims["sid"]), str(claims["rid"]))
        if login is None:
            raise NotAuthenticated
    return _token_response(make_tokens(login))


@bp.post("/token/revoke")
def revoke_token() -> Response:
    """End a login: its access and refresh tokens stop working at once."""
    with over_limit():
        shown = _read_shown(RevokeIn)
        # RFC 7009's name is for tokens of either kind.
        read = read_token_of_login if shown.token else read_refresh_token
        claims = read(shown.token or shown.refresh_token)
        with transaction() as session:
            close_login(session, int(claims["sid"]))
    return Response(status=204)


def _read_shown(model: type[Shown]) -> Shown:
    """What the body names; without a body, the bearer as refresh token. Programs that send their
    access token with every call send it here too: it is looked at only if nothing else is there."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    bearer = bearer.strip() if scheme.lower() == "bearer" else ""
    if not request.mimetype:
        return parse(model, {"refresh_token": bearer})
    given = parse_body(model, forms=True)
    named = given.refresh_token or getattr(given, "token", "")
    return given if named else parse(model, {"refresh_token": bearer})


def _token_response(body: dict[str, Any]) -> Response:
    return json_response(body, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})
