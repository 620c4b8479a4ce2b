"""A login does the same work for an unknown name and a wrong password, so its time tells nothing."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import event
from sqlalchemy.orm import Session

from models.base import now
from models.database import get_engine
from models.login_place import LoginPlace
from models.services import users
from models.services.login_places import FREE_FAILURES, Place, record_failure
from models.user import User
from tests.crowd import at_once
from tests.factories import PASSWORD, UserFactory, using

HERE = Place("192.0.2.1")
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
def statements(committed: Opener) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(" ".join(statement.split()))

    event.listen(get_engine(), "before_cursor_execute", note)
    yield seen
    event.remove(get_engine(), "before_cursor_execute", note)


def _account(session: Session, **more: object) -> User:
    """A user with the service's real hash instead of the tests' cheap one."""
    with using(session):
        user: User = UserFactory(password_hash=users._hasher.hash(PASSWORD), **more)
    session.commit()
    return user


def _waiting(session: Session) -> User:
    """Of whose wrong passwords the owner has been told."""
    user = _account(session)
    for _ in range(FREE_FAILURES + 1):
        record_failure(session, user, HERE)
    here = session.get_one(LoginPlace, (user.id, f"address:{HERE.network}"))
    here.locked_until = now() + timedelta(minutes=10)
    session.commit()
    return user


def _accounts(session: Session) -> dict[str, str]:
    return {
        "unknown": "nobody@example.org",
        "wrong": _account(session).username,
        "disabled": _account(session, active=False).username,
        "waiting": _waiting(session).username,
    }


def test_each_refusal_checks_one_hash_of_the_same_cost(
    committed: Opener, hashed: list[str]
) -> None:
    with committed() as session:
        accounts = _accounts(session)
        for username in accounts.values():
            assert users.find_by_password(session, username, "not the password", HERE) is None
    assert len(hashed) == len(accounts)
    assert len(set(hashed)) == 1 and hashed[0].startswith("$argon2id$")


@pytest.mark.parametrize("password", ["not the password", PASSWORD])
def test_each_refusal_runs_the_same_statements(
    committed: Opener, statements: list[str], password: str
) -> None:
    """Also of a right password that is refused: the owner of a guess must not learn that it fits."""
    seen = {}
    with committed() as session:
        accounts = _accounts(session)
        if password == PASSWORD:
            del accounts["wrong"]
        for kind, username in accounts.items():
            statements.clear()
            assert users.find_by_password(session, username, password, HERE) is None
            session.commit()
            seen[kind] = list(statements)
    assert len({tuple(one) for one in seen.values()}) == 1, seen
    assert sum(one.startswith("INSERT") for one in seen["unknown"]) == 2


def test_of_many_guesses_at_once_each_counts(committed: Opener) -> None:
    with committed() as session:
        user = _account(session)

    def guess(number: int) -> None:
        with committed() as session:
            users.find_by_password(session, user.username, f"guess {number}", HERE)
            session.commit()

    at_once(FREE_FAILURES + 3, guess)
    with committed() as session:
        here = session.get_one(LoginPlace, (user.id, f"address:{HERE.network}"))
        assert here.failures == FREE_FAILURES + 3
        assert here.locked_until is not None
        # The first wait is a second long; a machine may take longer to come here.
        here.locked_until = now() + timedelta(minutes=1)
        session.flush()
        assert users.find_by_password(session, user.username, PASSWORD, HERE) is None
