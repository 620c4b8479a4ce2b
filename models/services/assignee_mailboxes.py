"""Where the news of a request goes to whoever it is assigned to."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from models.assignee_key import Assigned
from models.services.contacts import find_email
from models.services.teams import list_active_members
from models.team import Team
from models.user import User


class AssigneeMailbox(NamedTuple):
    """``name`` is the owner's as timelines have it; ``team`` is the team's name in ``language``, and
    empty where the request is the owner's alone. ``has_account`` is not true of a team's own
    mailbox: who reads it may belong to another company."""

    address: str
    language: str
    name: str
    team: str = ""
    has_account: bool = True


def list_responsible(session: Session, request: Assigned) -> Sequence[User]:
    """The user, or all members of the team, as far as they may log in; nobody where the team is
    closed, or for a free name."""
    if request.assignee_team_id is not None:
        team = session.get(Team, request.assignee_team_id)
        return list_active_members(session, team.id) if team and team.active else []
    user = None
    if request.assignee_user_id is not None:
        user = session.get(User, request.assignee_user_id)
    return [user] if user and user.active else []


def list_mailboxes(session: Session, request: Assigned) -> Sequence[AssigneeMailbox]:
    """Of those of them whose username is an e-mail address, and of the team itself."""
    found = _of_users(list_responsible(session, request))
    team = session.get(Team, request.assignee_team_id or 0)
    if team is None or not team.active:
        return found
    found = [one._replace(team=team.called(one.language)) for one in found]
    if team.address and team.address.casefold() not in {one.address.casefold() for one in found}:
        name = team.called(team.language)
        found.append(AssigneeMailbox(team.address, team.language, "", name, has_account=False))
    return found


def _of_users(users: Sequence[User]) -> list[AssigneeMailbox]:
    return [
        AssigneeMailbox(address, user.language, user.name or user.username)
        for user in users
        if (address := find_email(user.username))
    ]
