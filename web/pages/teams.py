"""Teams: kept by managers and admins."""

from flask import Response, make_response, redirect, render_template, request, url_for

from models.errors import InvalidInput, LostEdit
from models.problems import detail_of
from models.services import teams
from models.services.accounts import list_accounts
from web.http.database import db, transaction
from web.http.language import current_language
from web.http.messages import field_message
from web.http.parameters import takes
from web.http.parsing import parse
from web.http.problems import Problem
from web.pages.blueprint import bp
from web.team_schemas import TeamIn

_FIELDS = ("name_ko", "name_en", "address", "language")


@bp.get("/desk/teams")
@takes("notice")
def show_teams() -> Response:
    """All teams, each in a form of its own."""
    return _page()


@bp.post("/desk/teams")
def add_team() -> Response:
    """Make a team with its members."""
    return _save(0)


@bp.post("/desk/teams/<int:team_id>")
def change_team(team_id: int) -> Response:
    """Change a team and its members, or close or reopen it.

    Raises:
        NotFound
    """
    do = request.form.get("do", "")
    if do not in ("close", "reopen"):
        return _save(team_id)
    with transaction() as session:
        teams.set_active(session, teams.get_team(session, team_id), do == "reopen")
    return _saved()


def _save(team_id: int) -> Response:
    try:
        given = parse(TeamIn, {name: request.form.get(name, "") for name in _FIELDS})
        words = given.model_dump(mode="json")
        with transaction() as session:
            if team_id:
                team = teams.get_team(session, team_id)
                version = request.form.get("version", -1, type=int)
                teams.change_team(session, team, **words, version=version)
            else:
                team = teams.create_team(session, **words)
            teams.set_members(session, team, _members())
    except InvalidInput as error:
        message = field_message(error.message, current_language(), {"limit": teams.MOST})
        return _page(team_id, {error.field: message}, 422)
    except LostEdit as error:
        return _page(team_id, {"name_ko": detail_of(error.code, current_language())}, 412)
    except Problem as problem:
        errors = {error.field: error.message for error in problem.errors}
        return _page(team_id, errors, problem.status)
    return _saved()


def _members() -> list[int]:
    """The ids of the chosen users; what is no id is nobody's."""
    return request.form.getlist("member", type=int)


def _saved() -> Response:
    return redirect(url_for("pages.show_teams", notice="saved"), 303)  # type: ignore[return-value]


def _page(
    wrong: int | None = None, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    """``wrong`` is the team whose form was refused, 0 for the new one: it keeps what was typed."""
    language = current_language()
    found = teams.list_teams(db.session())
    page = render_template(
        "teams.html",
        teams=found,
        users=[one.user for one in list_accounts(db.session()) if one.user.active],
        called={one.team.id: one.team.called(language) for one in found},
        wrong=wrong,
        errors=errors or {},
        typed=request.form,
        typed_members=_members(),
        saved=request.args.get("notice") == "saved",
    )
    return make_response(page, status)
