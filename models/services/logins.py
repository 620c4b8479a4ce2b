"""Logins and the rotation of their refresh tokens."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import BigInteger, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, joinedload

from models.base import Database, now
from models.prepared import Prepared
from models.user import LoginSession, Person, User

LIFETIME = timedelta(days=14)

# Runs in every call of a user who is logged in: built once, and of columns, which cost less than
# entities.
_LOGINS, _USERS = LoginSession.__table__.c, User.__table__.c
_OPEN = (_LOGINS.revoked_at.is_(None), _LOGINS.expires_at > bindparam("now"), _USERS.active)
_USER_OF_LOGIN = Prepared.select(
    "user_of_login",
    select(_USERS.id, _USERS.username, _USERS.name, _USERS.role)
    .join_from(LoginSession.__table__, User.__table__, _LOGINS.user_id == _USERS.id)
    .where(_LOGINS.id == bindparam("session_id"), _LOGINS.user_id == bindparam("user_id"), *_OPEN),
)
_OPEN_LOGINS = Prepared.select(
    "open_logins",
    select(_LOGINS.id)
    .join_from(LoginSession.__table__, User.__table__, _LOGINS.user_id == _USERS.id)
    .where(_LOGINS.id == func.any(bindparam("session_ids", type_=ARRAY(BigInteger))), *_OPEN),
)


@dataclass(frozen=True, slots=True)
class Login:
    """What the tokens of one login contain: the user, the login, the refresh token's id."""

    user: User
    session_id: int
    refresh_id: str


def open_login(session: Session, user: User) -> Login:
    """Create a login with its first refresh token."""
    login = LoginSession(
        user_id=user.id, current_refresh=secrets.token_urlsafe(16), expires_at=now() + LIFETIME
    )
    session.add(login)
    session.flush()
    return Login(user, login.id, login.current_refresh)


def rotate_login(session: Session, session_id: int, refresh_id: str) -> Login | None:
    """Replace the current refresh token with the next one; the caller commits in both cases.

    None if the login has ended, or if the token was used before. In the second case the login is
    ended, because somebody has a copy of the token.
    """
    login = _find(session, session_id, lock=True)
    if login is None or not login.user.active:
        return None
    if not secrets.compare_digest(login.current_refresh, refresh_id):
        login.revoked_at = now()
        return None
    login.current_refresh = secrets.token_urlsafe(16)
    return Login(login.user, login.id, login.current_refresh)


def close_login(session: Session, session_id: int) -> None:
    """End a login, so that none of its tokens works any more. Harmless if it ended already."""
    login = _find(session, session_id, lock=True)
    if login is not None:
        login.revoked_at = now()


def find_user_of_login(database: Database, session_id: int, user_id: int) -> Person | None:
    """The user of a login that is still open, with the present role; None if it is not open."""
    values = {"session_id": session_id, "user_id": user_id, "now": now()}
    row = _USER_OF_LOGIN.find(database, values).one_or_none()
    return None if row is None else Person(*row)


def list_open_logins(database: Database, session_ids: Collection[int]) -> set[int]:
    """Which of these logins are still open, of users who may still come in."""
    if not session_ids:
        return set()
    given = {"session_ids": list(session_ids), "now": now()}
    return set(_OPEN_LOGINS.find(database, given).scalars())


def _find(session: Session, session_id: int, *, lock: bool = False) -> LoginSession | None:
    query = (
        select(LoginSession)
        .where(
            LoginSession.id == session_id,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > now(),
        )
        .options(joinedload(LoginSession.user, innerjoin=True))
    )
    return session.scalar(query.with_for_update(of=LoginSession) if lock else query)
