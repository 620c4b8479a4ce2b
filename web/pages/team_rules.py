"""The rules that give work to teams, and what they would do with the newest requests."""

from collections import Counter

from flask import Response, make_response, redirect, render_template, request, url_for

from models.errors import InvalidInput
from models.services import assignment_rules as rules
from models.services.assignees import list_active_teams
from models.services.teams import list_teams
from models.words import Category
from web.http.database import db, transaction
from web.http.language import current_language
from web.http.messages import field_message
from web.http.parameters import takes
from web.http.parsing import parse
from web.http.problems import Problem
from web.pages.blueprint import bp
from web.team_schemas import RuleIn

_FIELDS = ("category", "place", "team")


@bp.get("/desk/teams/rules")
@takes("notice")
def show_rules() -> Response:
    """All rules in their order, and a dry run."""
    return _page()


@bp.post("/desk/teams/rules")
def add_rule() -> Response:
    """A rule behind all others."""
    return _save(0)


@bp.post("/desk/teams/rules/<int:rule_id>")
def change_rule(rule_id: int) -> Response:
    """Change a rule, move it by one, or delete it.

    Raises:
        NotFound
    """
    do = request.form.get("do", "")
    if do not in ("up", "down", "delete"):
        return _save(rule_id)
    with transaction() as session:
        if do == "delete":
            rules.delete_rule(session, rule_id)
        else:
            rules.move_rule(session, rule_id, up=do == "up")
    return _saved()


def _save(rule_id: int) -> Response:
    try:
        form = {name: value for name in _FIELDS if (value := request.form.get(name))}
        given = parse(RuleIn, form)
        with transaction() as session:
            words = {"team_id": given.team, "category": given.category, "place": given.place}
            if rule_id:
                rules.change_rule(session, rule_id, **words)  # type: ignore[arg-type]
            else:
                rules.add_rule(session, **words)  # type: ignore[arg-type]
    except InvalidInput as error:
        message = field_message(error.message, current_language(), {"limit": rules.MOST})
        return _page(rule_id, {error.field: message}, 422)
    except Problem as problem:
        errors = {error.field: error.message for error in problem.errors}
        return _page(rule_id, errors, problem.status)
    return _saved()


def _saved() -> Response:
    return redirect(url_for("pages.show_rules", notice="saved"), 303)  # type: ignore[return-value]


def _page(
    wrong: int | None = None, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    """``wrong`` is the rule whose form was refused, 0 for the new one: it keeps what was typed."""
    session, language = db.session(), current_language()
    tried = rules.try_rules(session)
    page = render_template(
        "team_rules.html",
        rules=rules.list_rules(session),
        called={one.team.id: one.team.called(language) for one in list_teams(session)},
        categories=[word for word in Category if word != Category.PENDING],
        tried=tried,
        counted=Counter(one.team_id for one in tried if one.team_id).most_common(),
        fitting=sum(one.team_id is not None for one in tried),
        active=list_active_teams(session),
        wrong=wrong,
        errors=errors or {},
        typed=request.form,
        saved=request.args.get("notice") == "saved",
    )
    return make_response(page, status)
