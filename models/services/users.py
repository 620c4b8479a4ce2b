"""Accounts and passwords."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from threading import BoundedSemaphore

import structlog
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.account_link import AccountLink
from models.base import now
from models.errors import Busy, InvalidInput, LastAdmin, NotFound
from models.mail_templates.logins import write_password_changed
from models.services.contacts import find_email
from models.services.counters import count
from models.services.login_places import (
    Place,
    forget_failures,
    must_wait,
    record_failure,
    record_success,
)
from models.services.mails import account_mail, queue_mails
from models.user import LoginSession, User
from models.words import Role

log = structlog.get_logger()

MIN_PASSWORD = 10
# As much as the login reads.
MAX_PASSWORD = 1000
MAX_USERNAME = 200

HASHES_AT_ONCE = 3  # of 64 MiB each
HASH_WAIT = 5.0  # seconds

_hasher = PasswordHasher()
_hashes = BoundedSemaphore(HASHES_AT_ONCE)
# Of those who try too often from a known place: the others' turns are not theirs to use up.
_hashes_over_limit = BoundedSemaphore(1)


@cache
def _nobodys_hash() -> str:
    """The hash to check for an unknown user, so that the answer takes as long as for a known one."""
    return _hasher.hash("nobody has this password")


def create_user(
    session: Session,
    *,
    username: str,
    password: str,
    role: str = Role.OPERATOR,
    name: str = "",
    language: str = "ko",
) -> User:
    """Make an account.

    Raises:
        InvalidInput: the username is taken, a name is not printable or has a wrong length, or the
            password has.
    """
    folded = fold_username(username)
    _check_username(folded)
    check_name(name)
    if find_user(session, folded) is not None:
        raise InvalidInput("is taken", field="username")
    user = User(
        username=folded,
        password_hash=_hash(password),
        role=Role(role),
        name=name,
        language=language,
    )
    session.add(user)
    session.flush()
    return user


def set_password(session: Session, user: User, password: str) -> None:
    """Change the password, end every open login, because the old password may have leaked, and tell
    the owner, if the username is an e-mail address.

    Raises:
        InvalidInput: it is too short or too long.
    """
    user.password_hash = _hash(password)
    forget_failures(session, user)
    _end_logins(session, user)
    if address := find_email(user.username):
        mail = write_password_changed(user.language, user.username)
        queue_mails(session, [account_mail("password_changed", address, mail)])
    log.info("password_changed", user_id=user.id)


def disable_user(session: Session, user: User) -> None:
    """Stop an account from logging in and end its open logins. They stay ended if the account is
    enabled again.

    Raises:
        LastAdmin: nobody could manage accounts any more.
    """
    keep_an_admin(session, user)
    user.active = False
    _end_logins(session, user)
    log.info("account_disabled", user_id=user.id)


def enable_user(user: User) -> None:
    """Let a disabled account log in again, with its password."""
    user.active = True
    log.info("account_enabled", user_id=user.id)


def keep_an_admin(session: Session, user: User) -> None:
    """To be called before ``user`` stops being an active admin. Of two who do so at once the second
    waits for the first.

    Raises:
        LastAdmin
    """
    admins = select(User.id).where(User.role == Role.ADMIN, User.active).order_by(User.id)
    if set(session.scalars(admins.with_for_update())) == {user.id}:
        raise LastAdmin


def _end_logins(session: Session, user: User) -> None:
    """And the links to a new password that were mailed before."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.user_id == user.id, LoginSession.revoked_at.is_(None))
        .values(revoked_at=now())
    )
    session.execute(
        update(AccountLink)
        .where(AccountLink.user_id == user.id, AccountLink.used_at.is_(None))
        .values(revoked_at=now())
    )


def _check_username(name: str) -> None:
    """Refuse names that the login form would not read back unchanged, or that could look like
    another line in a list."""
    if not name:
        raise InvalidInput("is empty", field="username")
    if len(name) > MAX_USERNAME:
        raise InvalidInput(f"must have at most {MAX_USERNAME} characters", field="username")
    if not name.isprintable() or name != " ".join(name.split()):
        raise InvalidInput("has characters that cannot be typed at a login", field="username")


def check_name(name: str) -> None:
    """Raises InvalidInput."""
    if not name.isprintable() or len(name) > MAX_USERNAME:
        raise InvalidInput("must be one line of printable characters", field="name")


def _composed(password: str) -> str:
    """As it counts: NFC, since some systems send Hangul and accents in pieces (RFC 8265, 4.2.2)."""
    return unicodedata.normalize("NFC", password)


def _hash(password: str) -> str:
    password = _composed(password)
    if len(password) < MIN_PASSWORD:
        raise InvalidInput(f"must have at least {MIN_PASSWORD} characters", field="password")
    if len(password) > MAX_PASSWORD:
        raise InvalidInput(f"must have at most {MAX_PASSWORD} characters", field="password")
    with _turn(_hashes):
        return _hasher.hash(password)


def fold_username(username: str) -> str:
    """The stored form of a username: NFC, lower case, without surrounding blanks."""
    return unicodedata.normalize("NFC", username).strip().lower()


def find_user(session: Session, username: str) -> User | None:
    return session.scalar(select(User).where(User.username == fold_username(username)))


def get_user(session: Session, username: str) -> User:
    """Raises NotFound."""
    user = find_user(session, username)
    if user is None:
        raise NotFound("is unknown", field="username")
    return user


def find_by_password(
    session: Session, username: str, password: str, place: Place, *, over_limit: bool = False
) -> User | None:
    """The user with this name and password. The caller commits in every case, because failures are
    counted.

    None if the name is unknown, the password wrong, the account disabled, or if ``place`` has to
    wait (see ``login_places``); each case does the same work (one hash and the same writes), so that
    the time tells nothing. Of those who come ``over_limit`` one at a time is looked at.

    Raises:
        Busy: see ``_turn``.
    """
    # Before anything is read: who waits for a turn must not hold a connection to the database.
    with _turn(_hashes_over_limit) if over_limit else nullcontext(), _turn(_hashes):
        user = find_user(session, username)
        fits = _fits(user.password_hash if user else _nobodys_hash(), password)
    waits = must_wait(session, user, place)
    if user is None or not fits or waits or not user.active:
        count(session, "logins_refused")
        record_failure(session, user, place)
        log.warning("login_refused", user_id=user.id if user else None, waits=waits)
        return None
    record_success(session, user, place)
    log.info("login_accepted", user_id=user.id)
    return user


def _fits(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, _composed(password))
    except (VerificationError, InvalidHashError):
        return False


@contextmanager
def _turn(hashes: BoundedSemaphore) -> Iterator[None]:
    """Each hash takes 64 MiB while it is made (argon2's memory cost).

    Raises:
        Busy: so many are made in this process that it would be long until the turn.
    """
    if not hashes.acquire(timeout=HASH_WAIT):
        raise Busy
    try:
        yield
    finally:
        hashes.release()
