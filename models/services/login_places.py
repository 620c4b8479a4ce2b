"""Waits after wrong passwords, by account and place together.

A stranger who guesses makes only their own place wait. A place from which the owner has logged in,
and a browser that the owner has used, never wait.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.login_place import ANYWHERE
from models.mail_templates.logins import write_login_warning
from models.services.contacts import find_email
from models.services.mails import account_mail, queue_mails
from models.user import User

log = structlog.get_logger()

# Wrong passwords of one place without a wait. Each further one doubles it, from a second on.
FREE_FAILURES = 5
_COUNTED_SECONDS = 24 * 3600
# Wrong passwords of all places within an hour, after which places that are not known wait, too: who
# guesses from many addresses is slowed down. No single address can make so many, see MAX_WAIT.
FREE_ANYWHERE = 100
_ANYWHERE_SECONDS = 3600
MAX_WAIT = 900  # seconds
KNOWN_DAYS = 90
# The owner is told of so many wrong passwords, and not again for as long (seconds).
TOLD_OF = 5
_TOLD_SECONDS = 24 * 3600

_RULES = {
    "anywhere": ANYWHERE,
    "free": FREE_FAILURES,
    "free_anywhere": FREE_ANYWHERE,
    "place_seconds": _COUNTED_SECONDS,
    "anywhere_seconds": _ANYWHERE_SECONDS,
    "told_seconds": _TOLD_SECONDS,
    "max_wait": MAX_WAIT,
}


@dataclass(frozen=True, slots=True)
class Place:
    """``network`` is the caller's, as text; ``users`` are those who have used the caller's browser
    before."""

    network: str
    users: Collection[int] = field(default=())


# A row begins to count anew when its time is over. A wait is not made longer before it ends. Times
# that cannot be (the database's clock was ahead, and was put right) count as over.
_FAIL = text("""
    INSERT INTO login_places AS l (user_id, place, failures, counted_from)
    SELECT u.id, given.place, 1, clock_timestamp()
    FROM users u CROSS JOIN (VALUES (:anywhere), (:place)) AS given (place)
    WHERE u.id = :user_id ORDER BY given.place
    ON CONFLICT (user_id, place) DO UPDATE SET (failures, counted_from, locked_until) = (
        SELECT counted.failures, counted.since, CASE
            WHEN l.locked_until BETWEEN clock_timestamp()
                AND clock_timestamp() + make_interval(secs => :max_wait) THEN l.locked_until
            WHEN counted.failures >= rule.free THEN clock_timestamp() + make_interval(
                secs => least(:max_wait, 2 ^ least(counted.failures - rule.free, 12)))
            END
        FROM (VALUES (:anywhere, :free_anywhere, :anywhere_seconds),
                     (:place, :free, :place_seconds)) AS rule (place, free, seconds),
            LATERAL (SELECT l.counted_from NOT BETWEEN clock_timestamp()
                - make_interval(secs => rule.seconds) AND clock_timestamp() AS is_over) AS time,
            LATERAL (SELECT
                CASE WHEN is_over THEN 1 ELSE l.failures + 1 END AS failures,
                CASE WHEN is_over THEN clock_timestamp() ELSE l.counted_from END AS since
            ) AS counted
        WHERE rule.place = l.place
    )
    RETURNING place, failures,
        told_at BETWEEN clock_timestamp() - make_interval(secs => :told_seconds)
            AND clock_timestamp() AS was_told
""")
_TELL = text("""
    UPDATE login_places SET told_at = clock_timestamp()
    WHERE user_id = :user_id AND place = :anywhere
      AND (told_at IS NULL OR told_at NOT BETWEEN
           clock_timestamp() - make_interval(secs => :seconds) AND clock_timestamp())
    RETURNING failures
""")
_STATE = text("""
    SELECT
        coalesce(bool_or(place = :place AND login_at > clock_timestamp()
            - make_interval(days => :known_days)), false) AS known,
        coalesce(bool_or(locked_until BETWEEN clock_timestamp()
            AND clock_timestamp() + make_interval(secs => :max_wait)), false) AS waits
    FROM login_places WHERE user_id = :user_id AND place IN (:anywhere, :place)
""")
_SUCCEED = text("""
    INSERT INTO login_places (user_id, place, failures, counted_from, login_at)
    VALUES (:user_id, :place, 0, clock_timestamp(), clock_timestamp())
    ON CONFLICT (user_id, place) DO UPDATE
    SET failures = 0, locked_until = NULL, login_at = excluded.login_at
""")
_FORGET = text("""
    UPDATE login_places SET failures = 0, locked_until = NULL WHERE user_id = :user_id
""")
_DELETE_OLD = text("""
    DELETE FROM login_places
    WHERE counted_from < now() - make_interval(secs => :seconds)
      AND (login_at IS NULL OR login_at < now() - make_interval(days => :known_days))
      AND (told_at IS NULL OR told_at < now() - make_interval(secs => :told_seconds))
""")


def must_wait(session: Session, user: User | None, place: Place) -> bool:
    """Whether even a right password is refused there now."""
    known, waits = _state(session, user, place)
    return waits and not known


def is_known(session: Session, user: User | None, place: Place) -> bool:
    """Whether the user has logged in from there lately, or with the caller's browser."""
    return _state(session, user, place)[0]


def record_failure(session: Session, user: User | None, place: Place) -> None:
    """Count a wrong password, and tell the owner at the beginning of a burst. The database adds, so
    that of many concurrent guesses each is counted. Without a user it only costs the same."""
    rows = session.execute(_FAIL, {**_keys(user, place), **_RULES}).all()
    for row in rows:
        if user and row.place == ANYWHERE and row.failures >= TOLD_OF and not row.was_told:
            _tell(session, user, place)


def record_success(session: Session, user: User, place: Place) -> None:
    """This place is known from now on."""
    session.execute(_SUCCEED, _keys(user, place))


def forget_failures(session: Session, user: User) -> None:
    """No place waits any more; those that are known stay known."""
    session.execute(_FORGET, {"user_id": user.id})


def delete_old_places(session: Session) -> None:
    """What counts no more."""
    values = {"seconds": _COUNTED_SECONDS, "told_seconds": _TOLD_SECONDS, "known_days": KNOWN_DAYS}
    session.execute(_DELETE_OLD, values)


def _state(session: Session, user: User | None, place: Place) -> tuple[bool, bool]:
    """Whether the user is known there, and whether there is a wait. A name that nobody has costs the
    same, and neither knows nor waits."""
    state = session.execute(
        _STATE,
        {
            **_keys(user, place),
            "anywhere": ANYWHERE,
            "known_days": KNOWN_DAYS,
            "max_wait": MAX_WAIT,
        },
    ).one()
    if user is None:
        return False, False
    return state.known or user.id in place.users, state.waits


def _tell(session: Session, user: User, place: Place) -> None:
    told = session.execute(
        _TELL, {"user_id": user.id, "anywhere": ANYWHERE, "seconds": _TOLD_SECONDS}
    ).scalar_one_or_none()
    if told is None:
        return
    log.warning("passwords_guessed", user_id=user.id)
    if address := find_email(user.username):
        mail = write_login_warning(user.language, user.username, told, place.network)
        queue_mails(session, [account_mail("login_warning", address, mail)])


def _keys(user: User | None, place: Place) -> dict[str, Any]:
    return {"user_id": user.id if user else 0, "place": _name(place)}


def _name(place: Place) -> str:
    return f"address:{place.network}"
