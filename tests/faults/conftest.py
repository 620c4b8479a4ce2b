"""Fixtures with real processes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy.orm import Session

from tests.conftest import Servers
from tests.faults.stack import StormStack
from tests.faults.workers import Workers, open_workers


@pytest.fixture
def workers(
    servers: Servers, committed: Callable[[], Session], redis: "Redis", tmp_path: Path
) -> Iterator[Workers]:
    """An empty database, an empty Redis, a mail server, and no process yet."""
    with open_workers(servers, tmp_path) as workers:
        yield workers


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StormStack]:
    """All processes of the Procfile and their servers, running. A test that breaks something repairs
    it."""
    folder = tmp_path_factory.mktemp("stack")
    for part in (folder, *folder.parents[:2]):
        part.chmod(0o755)  # PostgreSQL may run as another user
    with StormStack(folder) as stack:
        stack.wait_until_ready()
        yield stack
