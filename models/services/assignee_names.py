"""Requests keep the present name of whoever they are assigned to, so that lists need not look it up:
who gets another name gets it in the requests, too."""

from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.assignee_key import NAME, TEAM, USER, assignee_key
from models.ledger.events import record_events
from models.services.assignees import shown_name
from models.team import Team
from models.user import User

# So many requests of each, the newest, have the new name at once; where there are more, and where
# somebody is assigning one just now, they have it a few seconds later.
AT_ONCE = 1000
_DELAY = 4.0

_RENAME = text(f"""
    UPDATE maintenance_requests SET assignee = :name WHERE id = ANY(ARRAY(
        SELECT id FROM maintenance_requests
        WHERE {assignee_key()} = :key AND assignee <> '' AND assignee <> :name
        ORDER BY id DESC LIMIT :most FOR NO KEY UPDATE
    ))
""")

# What a house wrote as a free name before there was the team.
_ADOPT = text(f"""
    UPDATE maintenance_requests SET assignee = :name, assignee_team_id = :id WHERE id = ANY(ARRAY(
        SELECT id FROM maintenance_requests
        WHERE {assignee_key()} = ANY(CAST(:free_names AS text[])) AND assignee <> ''
        ORDER BY id DESC LIMIT :most FOR NO KEY UPDATE
    ))
""")


def change_user_name(session: Session, user: User, name: str) -> None:
    """A user's display name, which has been checked. Others who have the old or the new one may be
    called otherwise now, too."""
    if name == user.name:
        return
    names = [one for one in (user.name, name) if one]
    user.name = name
    session.flush()
    _rename_users_called(session, names, user.id)


def tell_team_names(session: Session, team: Team, before: Sequence[str]) -> None:
    """After a change of a team's names from ``before``, or of whether it is active. Users who have one
    of the names as their display name may be called otherwise now."""
    session.flush()
    rename_teams(session, [team.id], most=AT_ONCE)
    record_events(session, "team_renamed", [team.id], delay=_DELAY)
    _rename_users_called(session, [*filter(None, (*before, team.name_ko, team.name_en))])


def _rename_users_called(session: Session, names: Sequence[str], user_id: int = 0) -> None:
    ids = sorted(
        session.scalars(select(User.id).where(User.name.in_(names) | (User.id == user_id)))
    )
    rename_users(session, ids, most=AT_ONCE)
    record_events(session, "user_renamed", ids, delay=_DELAY)


def rename_users(session: Session, ids: Sequence[int], *, most: int | None = None) -> None:
    """Give the requests of these users the names that they have now."""
    found = session.execute(select(User.id, shown_name(User)).where(User.id.in_(ids)))
    for user_id, name in sorted(map(tuple, found)):
        session.execute(_RENAME, {"key": f"{USER}{user_id}", "name": name, "most": most})


def rename_teams(session: Session, ids: Sequence[int], *, most: int | None = None) -> None:
    """The same for teams, and have those that are active take what has one of their names alone."""
    for team in session.scalars(select(Team).where(Team.id.in_(ids)).order_by(Team.id)):
        values = {"name": team.name, "most": most}
        session.execute(_RENAME, {**values, "key": f"{TEAM}{team.id}"})
        names = [f"{NAME}{name}" for name in (team.name_ko, team.name_en) if name]
        if team.active:
            session.execute(_ADOPT, {**values, "id": team.id, "free_names": names})
