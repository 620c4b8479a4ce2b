"""Live processes, and the rows and messages that they tell of."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import pytest
from sqlalchemy.orm import Session

from config.settings import get_settings
from models.maintenance_request import MaintenanceRequest
from models.services.access_tokens import ALGORITHM, ISSUER
from models.services.links import sign_reference
from models.services.logins import Login, close_login, open_login
from models.user import User
from tests.conftest import Servers
from tests.factories import RequestFactory, UserFactory, using
from tests.servers.live_server import LiveServer, serve_live
from worker.adapters.realtime.redis_channel import RedisChannel


def token_of(login: Login, seconds: float = 600) -> str:
    """An access token as the web makes it, for so many seconds from now."""
    claims = {"sub": str(login.user.id), "sid": login.session_id, "type": "access"}
    times = {"iss": ISSUER, "exp": int(time.time() + seconds)}
    return jwt.encode({**claims, **times}, get_settings().jwt_secret_key, ALGORITHM)


@dataclass(frozen=True, slots=True)
class House:
    """What people do, committed, and what the workers then publish."""

    sessions: Callable[[], Session]

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with self.sessions() as session, session.begin(), using(session):
            yield session

    def log_in(self, **traits: Any) -> Login:
        with self.writing() as session:
            return open_login(session, UserFactory(**traits))

    def log_out(self, login: Login) -> None:
        with self.writing() as session:
            close_login(session, login.session_id)

    def disable(self, login: Login) -> None:
        with self.writing() as session:
            session.get_one(User, login.user.id).active = False

    def submit(self, **words: Any) -> MaintenanceRequest:
        with self.writing():
            request: MaintenanceRequest = RequestFactory(**words)
        return request

    @staticmethod
    def publish(kind: str, *ids: int) -> None:
        channel = RedisChannel(get_settings())
        if ids:
            channel.publish_each(kind, ids)
        else:
            channel.publish(kind)


def link_of(request: MaintenanceRequest) -> str:
    return sign_reference(get_settings(), request.reference, request.link_version)


@pytest.fixture
def house(committed: Callable[[], Session]) -> House:
    return House(committed)


@pytest.fixture(scope="session")
def live(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """For tests that leave it as it was."""
    with serve_live(tmp_path_factory.mktemp("live") / "live.log") as server:
        yield server


@pytest.fixture
def start_live(servers: Servers, tmp_path: Path) -> Iterator[Callable[..., "LiveServer"]]:
    """``start_live(LIVE_MAX_SOCKETS="10")``: a process of the test's own."""
    with ExitStack() as stack:
        names = iter(range(100))

        def start(first: str = "", /, **settings: str) -> LiveServer:
            log = tmp_path / f"live-{next(names)}.log"
            return stack.enter_context(serve_live(log, first, **settings))

        yield start
