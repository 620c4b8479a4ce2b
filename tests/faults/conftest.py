"""Scenes of a few real processes on the tests' own servers."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy.orm import Session

from tests.conftest import Servers
from tests.faults.rooms import Rooms, open_rooms


@pytest.fixture
def rooms(
    servers: Servers, committed: Callable[[], Session], redis: "Redis", tmp_path: Path
) -> Iterator[Rooms]:
    """An empty database, an empty Redis, a mail server, and no process yet."""
    with open_rooms(servers, tmp_path) as rooms:
        yield rooms
