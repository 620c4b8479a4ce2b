"""What somebody opens who has a one-time link by mail, and the page that sends one to those who forgot
their password.

Nobody is logged in here, so the forms are guarded by where they come from, as the login is.
"""

from flask import Response, make_response, redirect, render_template, request, url_for

from models.account_link import AccountLink, LinkPurpose
from models.errors import Gone, NotFound
from models.services.account_links import read_link, send_password_link, use_link
from models.services.users import MAX_USERNAME
from models.words import Language
from web.http.database import db, transaction
from web.http.language import current_language
from web.http.origin import is_own_page
from web.http.parameters import takes
from web.http.parsing import parse
from web.http.problems import Problem, problem_of
from web.pages.blueprint import bp
from web.pages.login import keep_login
from web.schemas import NewAccountIn


@bp.get("/account")
@takes("token")
def show_account_link() -> Response:
    """The form for name and password; opening it uses nothing up."""
    token = request.args.get("token", "")
    try:
        return _page(read_link(db.session(), token), token)
    except (NotFound, Gone) as error:
        return _ended(problem_of(error).status)


@bp.post("/account")
def use_account_link() -> Response:
    """Make the account or set the password, and log in."""
    _check_origin()
    token = request.form.get("token", "")
    try:
        link = read_link(db.session(), token)
        given = parse(NewAccountIn, request.form.to_dict())
        with transaction() as session:
            login = use_link(session, token, name=given.name, password=given.password)
    except Problem as problem:
        errors = {error.field: error.message for error in problem.errors}
        return _page(link, token, errors, problem.status)
    except (NotFound, Gone) as error:
        return _ended(problem_of(error).status)
    response: Response = redirect(url_for("pages.show_desk"), 303)  # type: ignore[assignment]
    return keep_login(response, login)


@bp.get("/password")
@takes("notice")
def show_forgotten() -> Response:
    """The form for a username, and afterwards what was done: the same for every name."""
    sent = request.args.get("notice") == "sent"
    return make_response(render_template("forgotten.html", sent=sent))


@bp.post("/password")
def send_forgotten() -> Response:
    """Mail a link to a new password, if there is such an account."""
    _check_origin()
    username = request.form.get("username", "")[:MAX_USERNAME]
    with transaction() as session:
        send_password_link(session, username, language=Language(current_language()))
    return redirect(url_for("pages.show_forgotten", notice="sent"), 303)  # type: ignore[return-value]


def _check_origin() -> None:
    if not is_own_page(unless_said=True):
        raise Problem(403, "csrf")


def _page(
    link: AccountLink, token: str, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    page = render_template(
        "account_link.html",
        link=link,
        token=token,
        is_new=link.purpose == LinkPurpose.INVITATION,
        errors=errors or {},
        name=request.form.get("name", ""),
    )
    return make_response(page, status)


def _ended(status: int) -> Response:
    return make_response(render_template("account_link_ended.html"), status)
