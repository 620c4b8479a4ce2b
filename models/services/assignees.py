"""Whom requests are assigned to: users, teams, or free names."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, exists, func, literal, literal_column, or_, select
from sqlalchemy.orm import Session, aliased

from models.assignee_key import TEAM, USER, Assigned
from models.errors import UnknownAssignee
from models.maintenance_request import MaintenanceRequest
from models.prepared import Prepared
from models.services.users import fold_username
from models.team import Team
from models.user import Person, User
from models.words import Language

# Words of a caller that are no names.
ME, NONE = "me", "none"
_KEY = re.compile(rf"({USER}|{TEAM})([0-9]{{1,18}})")


@dataclass(frozen=True, slots=True)
class Assignee:
    """``name`` is what the user or the team is called now, or a free name; empty is nobody."""

    name: str = ""
    user_id: int | None = None
    team_id: int | None = None

    # As a request has them.
    @property
    def assignee(self) -> str:
        return self.name

    @property
    def assignee_user_id(self) -> int | None:
        return self.user_id

    @property
    def assignee_team_id(self) -> int | None:
        return self.team_id


def assignee_of(request: Assigned) -> Assignee:
    return Assignee(request.assignee, request.assignee_user_id, request.assignee_team_id)


def set_assignee(request: MaintenanceRequest, assignee: Assignee) -> None:
    """Nothing but the columns: who changes a request says so, see ``workflow``."""
    request.assignee = assignee.name
    request.assignee_user_id = assignee.user_id
    request.assignee_team_id = assignee.team_id


def wanted_assignees(given: Iterable[str], user: Person) -> dict[str, tuple[str, ...]]:
    """The assignees that a list is asked for, as fields of a filter: ``me`` is this user, ``none`` is
    nobody, an empty name counts as not given."""
    names = {f"{USER}{user.id}" if name == ME else name for name in given if name}
    wanted = tuple(sorted("" if name == NONE else name for name in names))
    if NONE in names:
        return {"assignee": (), "assignee_or_nobody": wanted}
    return {"assignee": wanted}


def read_assignee(session: Session, given: str, user: User | Person) -> Assignee:
    """Whom a caller means: ``me``, nobody for an empty name and ``none``, the active user of this
    username, the active team of this name, the only active user who has it as the display name, or
    either by its key (``user:5``, ``team:3``); any other name stays a free one.

    Raises:
        UnknownAssignee: no active user or team has this key.
    """
    if not given or given == NONE:
        return Assignee()
    found = find_assignee(session, f"{USER}{user.id}" if given == ME else given)
    if _KEY.fullmatch(found.name):
        raise UnknownAssignee(field="assignee")
    return found


def find_assignee(session: Session, given: str) -> Assignee:
    """As ``read_assignee``, without the words that are no names."""
    found = _find(session, given) if given else None
    if isinstance(found, Team):
        return Assignee(found.name, team_id=found.id)
    if found is not None:
        return Assignee(_shown_name(session, found), user_id=found.id)
    return Assignee(given)


def _find(session: Session, given: str) -> User | Team | None:
    if key := _KEY.fullmatch(given):
        number = int(key[2])
        if key[1] == USER:
            return session.scalar(select(User).where(User.id == number, User.active))
        return session.scalar(select(Team).where(Team.id == number, Team.active))
    by_username = select(User).where(User.active, User.username == fold_username(given))
    if (user := session.scalar(by_username)) is not None:
        return user
    if (team := session.scalar(select(Team).where(Team.active, is_called(given)))) is not None:
        return team
    named = session.scalars(select(User).where(User.active, User.name == given).limit(2)).all()
    return named[0] if len(named) == 1 else None


def is_called(name: str) -> ColumnElement[bool]:
    """That it is a name of a team, in upper or lower case."""
    names = (func.lower(Team.name_ko), func.lower(Team.name_en))
    return literal(bool(name)) & func.lower(name).in_(names)


def present_name(session: Session, assignee: Assignee) -> str:
    """What the user or the team is called now; a free name stays."""
    if assignee.team_id is not None:
        team = session.get(Team, assignee.team_id)
        return team.name if team else assignee.name
    user = session.get(User, assignee.user_id) if assignee.user_id is not None else None
    return _shown_name(session, user) if user else assignee.name


def list_assignees(session: Session, user: User | Person, language: str = "ko") -> Sequence[str]:
    """The names to choose from, as they are stored: that of ``user``, then all active teams, then all
    other active users."""
    users = _ACTIVE_USERS.find(session, {}).all()
    own = [name for user_id, name in users if user_id == user.id]
    others = [name for user_id, name in users if user_id != user.id]
    return [*own, *sorted(team.called(language) for team in list_active_teams(session)), *others]


def list_active_teams(session: Session) -> Sequence[Team]:
    """Those that work may be given to, by id."""
    return session.scalars(select(Team).where(Team.active).order_by(Team.id)).all()


def list_team_names(session: Session, language: str) -> Mapping[int, str]:
    """What teams are called in this language, by id, where that is not the name that is stored."""
    if language == Language.KOREAN:
        return {}
    named = select(Team).where(Team.name_ko != "", Team.name_en != "")
    return {team.id: team.called(language) for team in session.scalars(named)}


def shown_name(user: type[User]) -> ColumnElement[str]:
    """The display name of a user, or the username where that name could also be another's."""
    other = aliased(User)
    is_others = exists().where(
        other.id != user.id,
        other.active,
        or_(other.name == user.name, other.username == func.lower(user.name)),
    )
    is_team = exists().where(
        Team.active, func.lower(user.name).in_((func.lower(Team.name_ko), func.lower(Team.name_en)))
    )
    return case(
        (or_(user.name == literal_column("''"), is_others, is_team), user.username), else_=user.name
    )


def _shown_name(session: Session, user: User) -> str:
    found = session.scalar(select(shown_name(User)).where(User.id == user.id))
    return found or user.username


_ACTIVE_USERS = Prepared.select(
    "active_users",
    select(User.id, shown_name(User)).where(User.active).order_by(func.lower(shown_name(User))),
)
