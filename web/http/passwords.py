"""Logging in with a password.

A place that logs in too often is refused before anything is hashed; not so somebody who names a
user that has logged in from this very network or device before: strangers who share the network
must not be able to keep the owner of a right password out. How many passwords are hashed at once
is bounded all the same.
"""

from flask import g

from models.services.login_places import is_known
from models.services.logins import Login, open_login
from models.services.users import find_by_password, find_user
from web.http.database import transaction
from web.http.device import place_of_caller
from web.http.problems import Problem


def log_in_with_password(username: str, password: str) -> Login | None:
    """A new login of the user with this name and password; None if they do not fit, or if the place
    has to wait.

    Raises:
        Problem: 429, the caller's limit is reached.
        Busy: so many passwords are checked that it would be long until the turn.
    """
    place = place_of_caller()
    refusal: Problem | None = g.get("login_refusal")
    if refusal is not None:
        with transaction() as session:
            known = is_known(session, find_user(session, username), place)
        if not known:
            raise refusal
    with transaction() as session:
        user = find_by_password(session, username, password, place, over_limit=refusal is not None)
        login = open_login(session, user) if user else None
    if login is None and refusal is not None:
        raise refusal
    return login
