"""Each user's own account: name, language, password."""

from typing import Any

from flask import Response, g, make_response, redirect, render_template, request, url_for

from models.services.accounts import change_own_password, get_account
from models.services.accounts import change_profile as change_own_profile
from models.services.push_subscriptions import Owner, unsubscribe
from models.services.users import MAX_PASSWORD
from web.http.auth import require_user
from web.http.database import db, transaction
from web.http.device import place_of_caller
from web.http.parameters import takes
from web.http.parsing import parse
from web.http.problems import Problem
from web.pages.blueprint import bp
from web.pages.login import keep_login
from web.pages.push import push_offer
from web.pages.translations import say
from web.schemas import PasswordIn, ProfileIn


@bp.get("/desk/profile")
@takes("notice")
def show_profile() -> Response:
    """The account of who asks."""
    return _page()


@bp.post("/desk/profile")
def change_profile() -> Response:
    """Keep name and language; the page after it is in that language, and stays so."""
    try:
        given = parse(ProfileIn, request.form.to_dict())
    except Problem as problem:
        return _page({error.field: error.message for error in problem.errors}, problem.status)
    with transaction() as session:
        user = get_account(session, require_user().id)
        change_own_profile(session, user, name=given.name, language=given.language)
    return _done("saved", lang=given.language)


@bp.post("/desk/profile/password")
def change_password() -> Response:
    """Another password, if the old one fits. Only this browser stays logged in.

    Raises:
        Problem: 429, the caller's limit is reached.
    """
    if refusal := g.get("login_refusal"):
        raise refusal
    try:
        given = parse(PasswordIn, request.form.to_dict())
    except Problem as problem:
        return _page({error.field: error.message for error in problem.errors}, problem.status)
    old, place = given.old[:MAX_PASSWORD], place_of_caller()
    with transaction() as session:
        login = change_own_password(session, require_user(), old, given.password, place)
    if login is None:
        return _page({"old": str(say("profile.wrong_old"))}, 422)
    return keep_login(_done("password"), login)


@bp.post("/desk/profile/device")
def remove_device() -> Response:
    """Tell one of the user's browsers no more, also one that is not at hand."""
    with transaction() as session:
        unsubscribe(session, request.form.get("device", ""), Owner(user_id=require_user().id))
    return _done("saved")


def _done(notice: str, **values: Any) -> Response:
    return redirect(url_for("pages.show_profile", notice=notice, **values), 303)  # type: ignore[return-value]


def _page(errors: dict[str, str] | None = None, status: int = 200) -> Response:
    """What was typed stays, passwords excepted."""
    user = get_account(db.session(), require_user().id)
    page = render_template(
        "profile.html",
        user=user,
        errors=errors or {},
        name=request.form.get("name", user.name),
        chosen=request.form.get("language", user.language),
        notice=request.args.get("notice", ""),
        push=push_offer(Owner(user_id=user.id)),
    )
    return make_response(page, status)
