"""What users change of their own accounts, and admins of all."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.errors import NotFound
from models.services.assignee_names import change_user_name
from models.services.login_places import Place
from models.services.logins import Login, open_login
from models.services.users import find_by_password, keep_an_admin, set_password
from models.user import LoginSession, Person, User
from models.words import Language, Role

log = structlog.get_logger()


class Account(NamedTuple):
    """``last_login`` is None for who has never logged in."""

    user: User
    last_login: datetime | None


def list_accounts(session: Session) -> Sequence[Account]:
    """All accounts, those that are disabled at the end."""
    last = func.max(LoginSession.created_at)
    found = (
        select(User, last)
        .outerjoin(LoginSession, LoginSession.user_id == User.id)
        .group_by(User.id)
        .order_by(User.active.desc(), User.username)
    )
    return [Account(user, last_login) for user, last_login in session.execute(found)]


def get_account(session: Session, user_id: int) -> User:
    """Raises NotFound."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound
    return user


def change_profile(session: Session, user: User, *, name: str, language: Language) -> None:
    """What everybody may change of their own account; both have been checked. What is assigned to the
    user shows the new name."""
    user.language = language
    change_user_name(session, user, name)


def change_account(
    session: Session, user: User, *, name: str, language: Language, role: Role
) -> None:
    """What admins may change of any account. Calls that come later have the new role at once.

    Raises:
        LastAdmin: the last active admin would have another role.
    """
    if role != Role.ADMIN:
        keep_an_admin(session, user)
    if user.role != role:
        log.info("role_changed", user_id=user.id, before=user.role, after=role)
    user.role = role
    change_profile(session, user, name=name, language=language)


def change_own_password(
    session: Session, person: Person, old: str, new: str, place: Place
) -> Login | None:
    """The user's new login after all others have ended; None if the old password is wrong, or if
    ``place`` has to wait. The caller commits in both cases, because failures are counted.

    Raises:
        InvalidInput: the new one is too short or too long.
        Busy: so many passwords are checked that it would be long until the turn.
    """
    user = find_by_password(session, person.username, old, place)
    if user is None:
        return None
    set_password(session, user, new)
    return open_login(session, user)
