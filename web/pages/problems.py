"""Errors as pages, for people. ``web/errors.py`` asks here when the caller is a browser."""

from urllib.parse import urlencode

from flask import Response, g, make_response, redirect, render_template, request, url_for

from models.problems import detail_of
from web.http.language import current_language
from web.http.problems import Problem
from web.pages.form import answer_form
from web.pages.kept_form import kept_of_call, kept_page
from web.pages.login import login_page
from web.pages.template_context import csrf_cookie

_PHOTO_PLACES = frozenset({"photos.show_photo", "photos.show_rendition"})


def problem_page(problem: Problem) -> Response:
    """The form again with what was typed, the login, or a page that says what is wrong."""
    # What has failed may be the database, and the caller's row may have to be read again.
    g.without_viewer = problem.status >= 500
    if request.endpoint == "requests.submit_request":
        response = answer_form(problem)
    elif problem.status == 401 and request.endpoint not in _PHOTO_PLACES:
        response = _to_login()
    elif problem.code == "csrf" and (kept := kept_of_call(unless_said=False)):
        # Somebody else has logged in here since; whose form it is was said by the browser.
        response = kept_page(kept, csrf_cookie(), 409)
    else:
        response = _plain_page(problem)
    response.headers.extend({k: v for k, v in problem.headers.items() if k != "WWW-Authenticate"})
    return response


def _to_login() -> Response:
    """Who was about to change something keeps what was typed, or comes back to the desk."""
    if request.method == "POST" and (kept := kept_of_call(unless_said=True)):
        return login_page(kept, status=401)
    wanted = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else "/desk"
    return redirect(f"{url_for('pages.show_login')}?{urlencode({'next': wanted})}", 303)  # type: ignore[return-value]


def _plain_page(problem: Problem) -> Response:
    page = render_template(
        "problem.html",
        status=problem.status,
        title=problem.as_json()["title"],
        detail=problem.detail or detail_of(problem.code, current_language()),
        errors=problem.errors,
    )
    return make_response(page, problem.status)
