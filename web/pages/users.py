"""The accounts of all users: read by managers, changed by admins."""

from flask import Response, make_response, redirect, render_template, request, url_for

from models.errors import InvalidInput, LastAdmin, NotFound
from models.problems import detail_of
from models.services import account_links
from models.services.account_links import invite, list_invitations
from models.services.accounts import change_account, get_account, list_accounts
from models.services.users import disable_user, enable_user
from models.words import Role
from web.http.auth import require_user
from web.http.database import db, transaction
from web.http.language import current_language
from web.http.messages import field_message
from web.http.parameters import takes
from web.http.parsing import parse
from web.http.problems import Problem, problem_of
from web.pages.blueprint import bp
from web.schemas import AccountIn, InvitationIn


@bp.get("/desk/users")
@takes("notice")
def show_users() -> Response:
    """All accounts."""
    return _page()


@bp.post("/desk/users/<int:user_id>")
def change_user(user_id: int) -> Response:
    """Change an account, or disable or enable it."""
    do = request.form.get("do", "")
    try:
        with transaction() as session:
            user = get_account(session, user_id)
            if do == "disable":
                disable_user(session, user)
            elif do == "enable":
                enable_user(user)
            else:
                given = parse(AccountIn, request.form.to_dict())
                change_account(
                    session, user, name=given.name, language=given.language, role=given.role
                )
    except Problem as problem:
        errors = {error.field: error.message for error in problem.errors}
        return _page(user_id, errors, problem.status)
    except (LastAdmin, NotFound) as error:
        message = detail_of(error.code, current_language())
        return _page(user_id, {"role": message}, problem_of(error).status)
    return redirect(url_for("pages.show_users", notice="saved"), 303)  # type: ignore[return-value]


@bp.post("/desk/users/invitations")
def invite_user() -> Response:
    """Mail an invitation; an earlier one to the same address ends."""
    user = require_user()
    try:
        given = parse(InvitationIn, request.form.to_dict())
        with transaction() as session:
            invite(
                session,
                given.address,
                role=given.role,
                language=given.language,
                invited_by=user.name or user.username,
            )
    except Problem as problem:
        errors = {error.field: error.message for error in problem.errors}
        return _page(0, errors, problem.status)
    except InvalidInput as error:
        return _page(0, {error.field: field_message(error.message, current_language(), {})}, 422)
    return redirect(url_for("pages.show_users", notice="invited"), 303)  # type: ignore[return-value]


@bp.post("/desk/users/invitations/<int:link_id>")
def revoke_invitation(link_id: int) -> Response:
    """End an invitation that is open."""
    with transaction() as session:
        account_links.revoke_invitation(session, link_id)
    return redirect(url_for("pages.show_users", notice="saved"), 303)  # type: ignore[return-value]


def _page(
    wrong: int | None = None, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    """``wrong`` is the account whose form was refused, 0 for the invitation."""
    page = render_template(
        "users.html",
        accounts=list_accounts(db.session()),
        invitations=list_invitations(db.session()),
        roles=list(Role),
        may_change=require_user().role == Role.ADMIN,
        wrong=wrong,
        errors=errors or {},
        notice=request.args.get("notice", ""),
    )
    return make_response(page, status)
