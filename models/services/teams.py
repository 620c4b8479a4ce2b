"""Teams: their names, their members, and whether they get work."""

import unicodedata
from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from config.mailboxes import WrongMailbox, parse_address
from models.errors import InvalidInput, LostEdit, NotFound
from models.services.assignee_names import tell_team_names
from models.services.assignees import ME, NONE, is_called
from models.services.users import check_name, fold_username, get_user
from models.team import Team, TeamMember
from models.user import User
from models.words import Language

# Who chooses from more than this finds none.
MOST = 200
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('teams'))")


class TeamAndMembers(NamedTuple):
    team: Team
    members: Sequence[User]


def list_teams(session: Session, *, active_only: bool = False) -> Sequence[TeamAndMembers]:
    """All teams with their members, the closed ones at the end."""
    query = select(Team).order_by(Team.active.desc(), func.lower(Team.name_ko + Team.name_en))
    teams = session.scalars(query.where(Team.active) if active_only else query).all()
    found = session.execute(
        select(TeamMember.team_id, User)
        .join(User, User.id == TeamMember.user_id)
        .order_by(User.active.desc(), User.username)
    )
    members: dict[int, list[User]] = {}
    for team_id, user in found:
        members.setdefault(team_id, []).append(user)
    return [TeamAndMembers(team, members.get(team.id, [])) for team in teams]


def get_team(session: Session, team_id: int) -> Team:
    """Locked until the transaction ends.

    Raises:
        NotFound
    """
    locked = select(Team).where(Team.id == team_id).with_for_update()
    team = session.scalar(locked.execution_options(populate_existing=True))
    if team is None:
        raise NotFound
    return team


def find_team(session: Session, name: str) -> Team:
    """By one of its names, in upper or lower case.

    Raises:
        NotFound
    """
    team = session.scalar(select(Team).where(is_called(_clean(name))))
    if team is None:
        raise NotFound("is unknown", field="team")
    return get_team(session, team.id)


def create_team(
    session: Session,
    *,
    name_ko: str = "",
    name_en: str = "",
    address: str = "",
    language: str = Language.KOREAN,
) -> Team:
    """A team without members. Requests with one of its names as a free name become its own.

    Raises:
        InvalidInput: a name is taken, not printable, too long or none at all; the address is none;
            or there are too many teams.
    """
    session.execute(_LOCK)  # so that of many at once no two get the same name
    if (session.scalar(select(func.count()).select_from(Team)) or 0) >= MOST:
        raise InvalidInput("too_many_teams", field="name_ko")
    team = Team(language=Language(language), active=True)
    _describe(session, team, name_ko, name_en, address)
    session.add(team)
    session.flush()
    tell_team_names(session, team, ())
    return team


def change_team(
    session: Session,
    team: Team,
    *,
    name_ko: str,
    name_en: str,
    address: str,
    language: str,
    version: int | None = None,
) -> None:
    """Requests of the team show its new name.

    Raises:
        InvalidInput: as ``create_team``.
        LostEdit: it is not of that version.
    """
    if version is not None and version != team.version:
        raise LostEdit
    session.execute(_LOCK)
    before = (team.name_ko, team.name_en)
    _describe(session, team, name_ko, name_en, address)
    team.language = Language(language)
    if (team.name_ko, team.name_en) != before:
        tell_team_names(session, team, before)


def set_active(session: Session, team: Team, active: bool) -> None:
    """A closed team keeps its work, gets no more by name or by rule, and no mail."""
    if team.active != active:
        team.active = active
        tell_team_names(session, team, ())


def set_members(session: Session, team: Team, user_ids: Collection[int]) -> None:
    """Exactly these users; those that do not exist are left out."""
    session.execute(
        delete(TeamMember).where(TeamMember.team_id == team.id, TeamMember.user_id.not_in(user_ids))
    )
    held = set(session.scalars(select(TeamMember.user_id).where(TeamMember.team_id == team.id)))
    known = session.scalars(select(User.id).where(User.id.in_(user_ids)))
    session.add_all(
        TeamMember(team_id=team.id, user_id=user_id) for user_id in sorted({*known} - held)
    )
    session.flush()


def change_members(
    session: Session, team: Team, *, add: Sequence[str] = (), remove: Sequence[str] = ()
) -> None:
    """By their usernames.

    Raises:
        NotFound: there is no such account.
    """
    held = set(session.scalars(select(TeamMember.user_id).where(TeamMember.team_id == team.id)))
    held |= {get_user(session, name).id for name in add}
    held -= {get_user(session, name).id for name in remove}
    set_members(session, team, held)


def list_active_members(session: Session, team_id: int) -> Sequence[User]:
    """Members who may log in, by username."""
    return session.scalars(
        select(User)
        .join(TeamMember, TeamMember.user_id == User.id)
        .where(TeamMember.team_id == team_id, User.active)
        .order_by(User.username)
    ).all()


def _describe(session: Session, team: Team, name_ko: str, name_en: str, address: str) -> None:
    names = {"name_ko": _clean(name_ko), "name_en": _clean(name_en)}
    if not any(names.values()):
        raise InvalidInput("team_without_name", field="name_ko")
    for field, name in names.items():
        _check(session, team, field, name)
    team.name_ko, team.name_en = names["name_ko"], names["name_en"]
    try:
        team.address = parse_address(address.strip()) if address.strip() else ""
    except WrongMailbox:
        raise InvalidInput("not_one_address", field="address") from None


def _check(session: Session, team: Team, field: str, name: str) -> None:
    """A name means one team, and nobody else."""
    if not name:
        return
    try:
        check_name(name)
    except InvalidInput:
        raise InvalidInput("unprintable", field=field) from None
    if name.lower() in (ME, NONE) or _looks_like_key(name):
        raise InvalidInput("team_name_taken", field=field)
    with session.no_autoflush:
        other = select(Team.id).where(is_called(name))
        if team.id is not None:
            other = other.where(Team.id != team.id)
        user = select(User.id).where(User.username == fold_username(name))
        if session.scalar(other.limit(1)) or session.scalar(user):
            raise InvalidInput("team_name_taken", field=field)


def _looks_like_key(name: str) -> bool:
    return name.lower().startswith(("user:", "team:"))


def _clean(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split())
