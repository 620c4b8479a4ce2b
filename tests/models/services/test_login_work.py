"""A login does the same work for an unknown name and a wrong password, so its time tells nothing."""

from collections.abc import Callable, Iterator

import pytest
from argon2 import PasswordHasher
from sqlalchemy import event
from sqlalchemy.orm import Session

from models.base import now
from models.database import get_engine
from models.services import users
from models.user import User
from tests.crowd import at_once
from tests.factories import PASSWORD, UserFactory, using

Opener = Callable[[], Session]


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The parameters of each hash that a password was checked against."""
    seen: list[str] = []
    real = PasswordHasher.verify

    def verify(self: PasswordHasher, hash: str, password: str) -> bool:  # noqa: A002
        seen.append("$".join(str(hash).split("$")[:4]))
        return real(self, hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    return seen


@pytest.fixture
def writes(committed: Opener) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            seen.append(statement.split(maxsplit=1)[0])

    event.listen(get_engine(), "before_cursor_execute", note)
    yield seen
    event.remove(get_engine(), "before_cursor_execute", note)


def _account(session: Session, **more: object) -> User:
    """A user with the service's real hash instead of the tests' cheap one."""
    with using(session):
        user: User = UserFactory(password_hash=users._hasher.hash(PASSWORD), **more)
    session.commit()
    return user


def _accounts(session: Session) -> dict[str, str]:
    return {
        "unknown": "nobody@example.org",
        "wrong": _account(session).username,
        "disabled": _account(session, active=False).username,
        "waiting": _account(session, locked_until=now() + users.MAX_LOCK).username,
    }


def test_each_refusal_checks_one_hash_of_the_same_cost(
    committed: Opener, hashed: list[str]
) -> None:
    with committed() as session:
        accounts = _accounts(session)
        for username in accounts.values():
            assert users.find_by_password(session, username, "not the password") is None
    assert len(hashed) == len(accounts)
    assert len(set(hashed)) == 1 and hashed[0].startswith("$argon2id$")


def test_each_refusal_writes_and_commits(committed: Opener, writes: list[str]) -> None:
    """A commit waits for the disk, which is easier to measure than a statement."""
    with committed() as session:
        for kind, username in _accounts(session).items():
            writes.clear()
            users.find_by_password(session, username, "not the password")
            session.commit()
            assert writes, kind


def test_of_many_guesses_at_once_each_counts(committed: Opener) -> None:
    with committed() as session:
        user = _account(session)

    def guess(number: int) -> None:
        with committed() as session:
            users.find_by_password(session, user.username, f"guess {number}")
            session.commit()

    at_once(users.FREE_FAILURES + 3, guess)
    with committed() as session:
        found = session.get_one(User, user.id)
        assert found.failed_logins == users.FREE_FAILURES + 3
        assert found.locked_until is not None
        assert users.find_by_password(session, user.username, PASSWORD) is None
