"""Logging in and out with cookies.

The login form has no session that could hold a CSRF token yet. What it must be guarded against is
a foreign page that logs somebody in as somebody else; every browser of today says with a form
where it comes from (Sec-Fetch-Site, or at least Origin), so a foreign origin is refused. A caller
that says neither is no browser and carries nobody's cookies.
"""

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_jwt_extended import set_access_cookies, unset_jwt_cookies
from pydantic import StrictStr

from models.problems import detail_of
from models.services.logins import Login, close_login
from models.services.users import MAX_PASSWORD
from web.http.auth import PAGE_LIFETIME, make_page_token, shown_login
from web.http.database import transaction
from web.http.device import device_after_login, forms_token, remember_device
from web.http.language import current_language
from web.http.origin import is_own_page
from web.http.parameters import takes
from web.http.parsing import parse
from web.http.passwords import log_in_with_password
from web.http.problems import Problem
from web.pages.blueprint import bp
from web.pages.kept_form import KeptForm, kept_page, read_kept
from web.schemas import Incoming


class Credentials(Incoming):
    username: StrictStr = ""
    password: StrictStr = ""


@bp.get("/login")
@takes("next")
def show_login() -> Response:
    """The login form; ``next`` is where to go afterwards."""
    return login_page()


@bp.post("/login")
def log_in() -> Response:
    """Open a login and keep it in a cookie, or show the form again."""
    if not is_own_page(unless_said=True):
        raise Problem(403, "csrf")
    given = parse(Credentials, request.form.to_dict())
    login = log_in_with_password(given.username[:200], given.password[:MAX_PASSWORD])
    if login is None:
        problem = detail_of("bad_credentials", current_language())
        return login_page(_kept(), username=given.username, problem=problem, status=401)
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
    """Where the user was going, or what was typed before the login."""
    response: Response
    if kept := _kept():
        token = forms_token(device_after_login(login.user.id), login.user.id)
        response = kept_page(kept, token, 200)
    else:
        response = redirect(safe_next(request.form.get("next", "")), 303)  # type: ignore[assignment]
    return keep_login(response, login)


def keep_login(response: Response, login: Login) -> Response:
    """``response`` with the cookies of the login, and of the device that it was opened with."""
    device = device_after_login(login.user.id)
    token = make_page_token(login, forms_token(device, login.user.id))
    set_access_cookies(response, token, max_age=int(PAGE_LIFETIME.total_seconds()))
    remember_device(response, device)
    return response


def _kept() -> KeptForm | None:
    return read_kept(request.form.get("kept", ""))


def login_page(
    kept: KeptForm | None = None,
    *,
    username: str = "",
    problem: str = "",
    status: int = 200,
) -> Response:
    """The login form; what was typed elsewhere before travels with it."""
    page = render_template(
        "login.html",
        username=username,
        problem=problem,
        next="" if kept else safe_next(request.values.get("next", "")),
        kept=kept.as_text() if kept else "",
    )
    return make_response(page, status)


def safe_next(address: str) -> str:
    """``address`` if it is a path of ours that a browser cannot read as another host's."""
    plain = address.isprintable() and "\\" not in address
    if plain and address.startswith("/") and not address.startswith("//"):
        return address
    return url_for("pages.show_desk")
