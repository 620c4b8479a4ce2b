"""A password's hash takes 64 MiB while it is made, so a process makes few of them at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import QueuePool
from sqlalchemy.orm import Session

from models.database import get_engine
from models.errors import Busy
from models.services import users
from models.services.login_places import Place
from tests.factories import PASSWORD, UserFactory, using
from tests.waiting import wait_for

Opener = Callable[[], Session]
CROWD = 20


class Hashing:
    """Stands still inside the hash until it is told to go on."""

    def __init__(self) -> None:
        self.now = self.most = self.all = 0
        self.may_end = Event()
        self._lock = Lock()

    def hold(self) -> None:
        with self._lock:
            self.now, self.all = self.now + 1, self.all + 1
            self.most = max(self.most, self.now)
        self.may_end.wait(60)
        with self._lock:
            self.now -= 1


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hashing]:
    held, real = Hashing(), PasswordHasher.verify

    def verify(self: PasswordHasher, hash: str, password: str) -> bool:  # noqa: A002
        held.hold()
        return real(self, hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    yield held
    held.may_end.set()


@pytest.fixture
def username(committed: Opener) -> str:
    with committed() as session:
        with using(session):
            name: str = UserFactory().username
        session.commit()
        return name


def test_many_logins_take_turns_and_hold_no_connection_meanwhile(
    committed: Opener, username: str, hashing: Hashing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users, "HASH_WAIT", 60.0)
    pool = get_engine().pool
    assert isinstance(pool, QueuePool)
    before = pool.checkedout()

    def log_in(number: int) -> bool:
        with committed() as session:
            place = Place(f"192.0.2.{number}")
            user = users.find_by_password(session, username, PASSWORD, place)
            session.commit()
            return user is not None

    with ThreadPoolExecutor(CROWD) as crowd:
        logins = [crowd.submit(log_in, number) for number in range(CROWD)]
        wait_for(lambda: hashing.now == users.HASHES_AT_ONCE, "as many hash as may")
        assert pool.checkedout() - before == users.HASHES_AT_ONCE
        hashing.may_end.set()
        assert all(login.result(60) for login in logins)
    assert (hashing.most, hashing.all) == (users.HASHES_AT_ONCE, CROWD)


def test_who_waits_too_long_is_asked_to_come_again(
    app: Flask, committed: Opener, username: str, hashing: Hashing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users, "HASH_WAIT", 0.01)

    def log_in(number: int, password: str = PASSWORD) -> tuple[int, str | None, str]:
        answer = app.test_client().post(
            "/token",
            json={"username": username, "password": password},
            headers={"Accept-Language": "en"},
            environ_base={"REMOTE_ADDR": f"192.0.2.{number}"},
        )
        return answer.status_code, answer.headers.get("Retry-After"), answer.get_data(as_text=True)

    with ThreadPoolExecutor(CROWD) as crowd:
        first = [crowd.submit(log_in, number) for number in range(users.HASHES_AT_ONCE)]
        wait_for(lambda: hashing.now == users.HASHES_AT_ONCE, "as many hash as may")
        for number in range(CROWD):
            status, retry, text = log_in(100 + number, "not the password")
            assert (status, retry) == (503, "5")
            assert "photo" not in text and "try again" in text
        hashing.may_end.set()
        assert [login.result(60)[0] for login in first] == [200] * users.HASHES_AT_ONCE
    # Nobody's turn was nobody's failure: the right password opens at once.
    monkeypatch.setattr(users, "HASH_WAIT", 60.0)
    assert log_in(100)[0] == 200


def test_a_new_password_waits_for_its_turn_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "HASH_WAIT", 0.01)
    for _ in range(users.HASHES_AT_ONCE):
        assert users._hashes.acquire(timeout=1)
    try:
        with pytest.raises(Busy):
            users._hash("a password that is long enough")
    finally:
        for _ in range(users.HASHES_AT_ONCE):
            users._hashes.release()
