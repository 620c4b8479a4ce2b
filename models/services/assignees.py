"""Whom requests are assigned to: users, or free names."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.services.users import fold_username
from models.user import Person, User

# Words of a caller that are no names.
ME, NONE = "me", "none"


def names_of(user: User | Person) -> list[str]:
    """What the desk calls this user, as an assignee."""
    return sorted({name for name in (user.name, user.username) if name})


def names_wanted(given: Iterable[str], user: Person) -> list[str]:
    """The assignees that a list is asked for: ``me`` is whatever the desk calls this user, ``none`` is
    nobody, an empty name counts as not given."""
    wanted: set[str] = set()
    for name in filter(None, given):
        wanted |= {ME: set(names_of(user)), NONE: {""}}.get(name, {name})
    return sorted(wanted)


def assignee_named(session: Session, given: str, user: User | Person) -> str:
    """The assignee as it is stored: for ``me``, a username or a display name of an active user it is
    his display name, or his username where the display name could also be another's; ``none`` is
    nobody; a free name stays."""
    if not given or given == NONE:
        return ""
    found = session.get(User, user.id) if given == ME else find_assignee(session, given)
    return given if found is None else _shown_name(session, found)


def find_assignee(session: Session, assignee: str) -> User | None:
    """The active user whose username this is, or the only one who has it as the display name."""
    if not assignee:
        return None
    is_username = User.username == fold_username(assignee)
    users = session.scalars(
        select(User)
        .where(User.active, or_(is_username, User.name == assignee))
        .order_by(case((is_username, 0), else_=1))
        .limit(2)
    ).all()
    if users and (len(users) == 1 or users[0].username == fold_username(assignee)):
        return users[0]
    return None


def list_assignees(session: Session, user: User | Person) -> list[str]:
    """The names of all active users, as they are stored; that of ``user`` first."""
    other = aliased(User)
    shared = select(other.id).where(_calls_other_so(other, User))
    shown = case((or_(User.name == "", shared.exists()), User.username), else_=User.name)
    return list(
        session.scalars(
            select(shown).where(User.active).order_by(User.id != user.id, func.lower(shown))
        )
    )


def _shown_name(session: Session, user: User) -> str:
    shared = select(User.id).where(_calls_other_so(User, user))
    return user.username if not user.name or session.scalar(shared.limit(1)) else user.name


def _calls_other_so(other: type[User], user: type[User] | User) -> ColumnElement[bool]:
    """That the display name of ``user`` is a name of ``other``, too."""
    is_named = or_(other.name == user.name, other.username == func.lower(user.name))
    return and_(other.id != user.id, other.active, is_named)
