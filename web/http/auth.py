"""Who is calling: bearer tokens for programs, a cookie with CSRF protection for pages."""

from datetime import timedelta
from typing import Any

import jwt
from flask import Flask, current_app, g, request
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    decode_token,
    get_jwt,
    verify_jwt_in_request,
)
from flask_jwt_extended.exceptions import CSRFError, JWTExtendedException

from config.settings import Settings, get_settings
from models.errors import Forbidden, NotAuthenticated
from models.maintenance_request import MaintenanceRequest
from models.services.access_tokens import (
    ALGORITHM,
    ISSUER,
    LEEWAY,
    check_claims,
    cookie_name,
    read_access_token,
)
from models.services.link_ends import check_link
from models.services.links import Link, read_token
from models.services.logins import LIFETIME, Login, find_user_of_login
from models.user import Person
from models.words import Role
from web.http.access import ACCESS, LINK, PUBLIC, RANK
from web.http.database import autocommit
from web.http.problems import Problem

ACCESS_LIFETIME = timedelta(minutes=30)
PAGE_LIFETIME = timedelta(hours=12)

# They change nothing, so no token against forged forms comes with them (RFC 9110, section 9.2.1).
_SAFE_METHODS = frozenset({"GET", "HEAD"})

_manager = JWTManager()


def init_auth(app: Flask, settings: Settings) -> None:
    """Set up tokens."""
    over_https = settings.base_url.startswith("https://")
    app.config.update(
        JWT_SECRET_KEY=settings.jwt_secret_key,
        JWT_ALGORITHM=ALGORITHM,
        JWT_DECODE_ALGORITHMS=[ALGORITHM],
        JWT_ENCODE_ISSUER=ISSUER,
        JWT_DECODE_ISSUER=ISSUER,
        JWT_DECODE_LEEWAY=LEEWAY,
        JWT_ACCESS_TOKEN_EXPIRES=ACCESS_LIFETIME,
        JWT_REFRESH_TOKEN_EXPIRES=LIFETIME,
        JWT_ACCESS_COOKIE_NAME=cookie_name(settings, "access"),
        JWT_ACCESS_CSRF_COOKIE_NAME=cookie_name(settings, "csrf"),
        JWT_COOKIE_SECURE=over_https,
        JWT_COOKIE_SAMESITE="Lax",
        JWT_COOKIE_CSRF_PROTECT=True,
        JWT_CSRF_CHECK_FORM=True,
        JWT_SESSION_COOKIE=False,
    )
    _manager.init_app(app)


def check_access() -> None:
    """Refuse what the table does not allow.

    Raises:
        NotAuthenticated, Forbidden, Problem
    """
    if request.endpoint is None or request.method == "OPTIONS":
        return  # 404 and 405 are answered by the router
    access = ACCESS.get(request.endpoint)
    if access is None:
        raise Forbidden
    if access.level in (PUBLIC, LINK):
        return
    user = require_user()
    if RANK[Role(user.role)] < RANK[Role(access.level)]:
        raise Forbidden


def find_user(*, cookies: bool = True) -> Person | None:
    """The caller if they show a token; None if they show none.

    Raises:
        NotAuthenticated: a token is shown and does not hold.
        Problem: a page's form came without its CSRF token.
    """
    if "user" not in g:
        g.user = _read_user(cookies=cookies)
        # For the log, which must not ask a database that may have gone meanwhile.
        g.user_id = g.user.id if g.user else None
    user: Person | None = g.user
    return user


def _read_user(*, cookies: bool) -> Person | None:
    claims = _bearer_claims()
    if claims is None and cookies:
        claims = _cookie_claims()
    if claims is None:
        return None
    g.claims = claims
    with autocommit() as connection:
        user = find_user_of_login(connection, claims["sid"], int(claims["sub"]))
    if user is None:
        raise NotAuthenticated
    return user


def _bearer_claims() -> dict[str, Any] | None:
    """The claims of the bearer token in the Authorization header (RFC 6750; the scheme's case does
    not count, RFC 9110, section 11.1), if there is one.

    Raises:
        NotAuthenticated
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    return read_access_token(current_app.config["JWT_SECRET_KEY"], token.strip())


def _cookie_claims() -> dict[str, Any] | None:
    """Raises NotAuthenticated, Problem: a form came without the cookie's CSRF token."""
    if request.method in _SAFE_METHODS:
        token = request.cookies.get(current_app.config["JWT_ACCESS_COOKIE_NAME"])
        return read_access_token(current_app.config["JWT_SECRET_KEY"], token) if token else None
    try:
        if verify_jwt_in_request(optional=True, locations=["cookies"]) is None:
            return None
    except (CSRFError, TypeError):  # what it compares has to be ASCII
        raise Problem(403, "csrf") from None
    except (JWTExtendedException, jwt.PyJWTError):
        raise NotAuthenticated from None
    claims: dict[str, Any] = get_jwt()
    check_claims(claims)
    return claims


def shown_login() -> int:
    """The login of the token that let this call in."""
    return int(g.claims["sid"])


def require_user() -> Person:
    """Raises NotAuthenticated."""
    user = find_user()
    if user is None:
        raise NotAuthenticated
    return user


def shown_link() -> Link | None:
    """What the call's ``token`` opens, if it was signed by us."""
    return read_token(get_settings(), request.args.get("token", ""))


def require_access_to(maintenance_request: MaintenanceRequest | None) -> Person | None:
    """The operator, or None for a requester whose link opens just this request.

    A caller without either learns nothing about which requests exist.

    Raises:
        NotAuthenticated, Forbidden
        LinkExpired, LinkRevoked: the link was for this request, and has ended.
    """
    link = shown_link()
    if link is not None:
        if maintenance_request is None or maintenance_request.reference != link.reference:
            raise Forbidden
        check_link(link, maintenance_request)
        return None
    return require_user()


def make_tokens(login: Login) -> dict[str, Any]:
    """RFC 6749, section 5.1."""
    claims = {"sid": login.session_id}
    identity = str(login.user.id)
    return {
        "access_token": create_access_token(identity=identity, additional_claims=claims),
        "token_type": "bearer",
        "expires_in": int(ACCESS_LIFETIME.total_seconds()),
        "refresh_token": create_refresh_token(
            identity=identity, additional_claims={**claims, "rid": login.refresh_id}
        ),
    }


def make_page_token(login: Login, forms_token: str) -> str:
    """The cookie's token: a working day long, and void at once when the login is closed.
    ``forms_token`` is what the forms of its pages carry."""
    token: str = create_access_token(
        identity=str(login.user.id),
        additional_claims={"sid": login.session_id, "csrf": forms_token},
        expires_delta=PAGE_LIFETIME,
    )
    return token


def read_token_of_login(token: str) -> dict[str, Any]:
    """The claims of an access or a refresh token.

    Raises:
        NotAuthenticated
    """
    try:
        claims: dict[str, Any] = decode_token(token)
    except (JWTExtendedException, jwt.PyJWTError):
        raise NotAuthenticated from None
    check_claims(claims)
    return claims


def read_refresh_token(token: str) -> dict[str, Any]:
    """The claims of a refresh token.

    Raises:
        NotAuthenticated
    """
    claims = read_token_of_login(token)
    if claims.get("type") != "refresh" or not isinstance(claims.get("rid"), str):
        raise NotAuthenticated
    return claims
