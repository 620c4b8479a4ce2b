"""Logging in and out with cookies.

The login form has no session that could hold a CSRF token yet. What it must be guarded against is
a foreign page that logs somebody in as somebody else; every browser of today says with a form
where it comes from (Sec-Fetch-Site, or at least Origin), so a foreign origin is refused. A caller
that says neither is no browser and carries nobody's cookies.
"""

from urllib.parse import urlsplit

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_jwt_extended import set_access_cookies, unset_jwt_cookies
from pydantic import StrictStr

from config.settings import get_settings
from models.problems import detail_of
from models.services.logins import Login, close_login, open_login
from models.services.users import find_by_password
from web.http.auth import PAGE_LIFETIME, make_page_token, shown_login
from web.http.database import transaction
from web.http.language import current_language
from web.http.parsing import parse
from web.http.problems import Problem
from web.pages.blueprint import bp
from web.schemas import Incoming


class Credentials(Incoming):
    username: StrictStr = ""
    password: StrictStr = ""


@bp.get("/login")
def show_login() -> Response:
    """The login form; ``next`` is where to go afterwards."""
    return _page("", "", 200)


@bp.post("/login")
def log_in() -> Response:
    """Open a login and keep it in a cookie, or show the form again."""
    _check_origin()
    given = parse(Credentials, request.form.to_dict())
    with transaction() as session:
        user = find_by_password(session, given.username[:200], given.password[:1000])
        login = open_login(session, user) if user else None
    if login is None:
        return _page(given.username, detail_of("bad_credentials", current_language()), 401)
    return _welcome(login)


@bp.post("/logout")
def log_out() -> Response:
    """End the login everywhere at once, not only in this browser."""
    with transaction() as session:
        close_login(session, shown_login())
    response: Response = redirect(url_for("pages.show_login"), 303)  # type: ignore[assignment]
    unset_jwt_cookies(response)
    return response


def _welcome(login: Login) -> Response:
    response: Response = redirect(safe_next(request.form.get("next", "")), 303)  # type: ignore[assignment]
    set_access_cookies(response, make_page_token(login), max_age=int(PAGE_LIFETIME.total_seconds()))
    return response


def _page(username: str, problem: str, status: int) -> Response:
    page = render_template(
        "login.html",
        username=username,
        problem=problem,
        next=safe_next(request.values.get("next", "")),
    )
    return make_response(page, status)


def safe_next(address: str) -> str:
    """``address`` if it is a path of ours that a browser cannot read as another host's."""
    plain = address.isprintable() and "\\" not in address
    if plain and address.startswith("/") and not address.startswith("//"):
        return address
    return url_for("pages.show_desk")


def _check_origin() -> None:
    """Raises Problem."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None:
        ours = site in ("same-origin", "none")
    else:
        hosts = (request.host, urlsplit(get_settings().base_url).netloc)
        ours = origin is None or urlsplit(origin).netloc in hosts
    if not ours:
        raise Problem(403, "csrf")
