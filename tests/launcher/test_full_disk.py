"""A disk without room: bookkeeping ends nothing, and all goes on when there is room again."""

import os
from pathlib import Path

import pytest

from launcher.leftovers import ChildrenFile
from launcher.output import Output
from launcher.redis import RedisServer
from launcher.server import ServerError


def test_a_list_that_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    children = ChildrenFile(tmp_path / "gone" / "children.json")
    children.write([("web", os.getpid())])
    assert children.read() == []
    (tmp_path / "gone").mkdir()
    children.write([("web", os.getpid())])
    assert [record.pid for record in children.read()] == [os.getpid()]


def test_a_line_that_cannot_be_written_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    output = Output()
    full = open("/dev/full", "w")  # noqa: PTH123, SIM115 - the kernel's own full disk
    monkeypatch.setattr("sys.stdout", full)
    output.plain("lost")
    output.line("web", "lost")
    monkeypatch.undo()
    with open(os.devnull, "w") as room:  # noqa: PTH123
        os.dup2(room.fileno(), full.fileno())
    full.close()


def test_a_server_without_room_says_so_and_starts_later(tmp_path: Path) -> None:
    (tmp_path / "redis").write_text("in the way")
    server = RedisServer(tmp_path / "redis")
    with pytest.raises(ServerError, match="redis did not start"):
        server.start()
    (tmp_path / "redis").unlink()
    with server:
        assert server.pid
