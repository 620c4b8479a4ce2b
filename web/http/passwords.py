"""Logging in with a password.

A place that logs in too often is refused before anything is hashed; not so somebody who names a
user that has logged in from this very network or device before: strangers who share the network
must not be able to keep the owner of a right password out. How many passwords are hashed at once
is bounded all the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from flask import g

from models.errors import Busy, DomainError, NotAuthenticated
from models.services.login_places import is_known
from models.services.logins import Login, open_login
from models.services.users import find_by_password, find_user
from web.http.database import transaction
from web.http.device import place_of_caller
from web.http.problems import Problem

# Beyond the limit, in this process: one is hashed, the others wait, and no more threads than these.
TURNS_AT_ONCE = 3
_turns = BoundedSemaphore(TURNS_AT_ONCE)


def log_in_with_password(username: str, password: str) -> Login | None:
    """A new login of the user with this name and password; None if they do not fit, or if the place
    has to wait.

    Raises:
        Problem: 429, the caller's limit is reached.
        Busy: so many passwords are checked that it would be long until the turn.
    """
    if "login_refusal" not in g:
        return _log_in(username, password)
    with over_limit():
        with transaction() as session:
            if not is_known(session, find_user(session, username), place_of_caller()):
                raise NotAuthenticated
        login = _log_in(username, password, over_limit=True)
        if login is None:
            raise NotAuthenticated
        return login


def _log_in(username: str, password: str, *, over_limit: bool = False) -> Login | None:
    place = place_of_caller()
    with transaction() as session:
        user = find_by_password(session, username, password, place, over_limit=over_limit)
        return open_login(session, user) if user else None


@contextmanager
def over_limit() -> Iterator[None]:
    """For what may turn out to be right although the caller's limit is reached. Not more than a few
    wait here, so that a flood does not hold the threads of all others.

    Raises:
        Problem: 429 in place of whatever it raises.
        Busy
    """
    refusal: Problem | None = g.get("login_refusal")
    if refusal is None:
        yield
        return
    if not _turns.acquire(blocking=False):
        raise Busy
    try:
        yield
    except Busy:
        raise
    except (Problem, DomainError):
        raise refusal from None
    finally:
        _turns.release()
