"""Teams, for programs that assign work to them."""

from flask import Blueprint, Response

from models.services.teams import TeamAndMembers, list_teams
from web.http.answers import conditional, json_response
from web.http.database import reading_session
from web.team_schemas import MemberOut, TeamOut

bp = Blueprint("teams", __name__)


@bp.get("/api/teams")
def list_all() -> Response:
    """All teams with their members, closed ones at the end."""
    with reading_session() as session:
        teams = [_shown(one).model_dump() for one in list_teams(session)]
    response = json_response(teams)
    response.add_etag()
    return conditional(response)


def _shown(one: TeamAndMembers) -> TeamOut:
    team = one.team
    members = [
        MemberOut(id=user.id, username=user.username, name=user.name, active=user.active)
        for user in one.members
    ]
    names = {name: getattr(team, name) for name in TeamOut.model_fields if name != "members"}
    return TeamOut(**names, members=members)
