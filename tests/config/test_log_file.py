"""The log file: shared by processes, turned over, and never in anybody's way."""

import fcntl
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
import structlog

from config import log_file as module
from config.log_file import KEPT_FILES, LogFile
from config.logging import access_log, configure_logging
from config.settings import Settings
from tests.waiting import wait_for

_WRITING = """
import sys
from pathlib import Path
from config import log_file
log_file.MAX_BYTES = 20_000
file = log_file.LogFile(Path(sys.argv[1]))
for n in range(200):
    file.write(f"{sys.argv[2]} {n} {'x' * 80}\\n".encode())
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "logs of haja" / "haja.log"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 100)


def _files(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}*"), reverse=True)


def test_several_processes_lose_and_tear_no_line(path: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", _WRITING, str(path), name]) for name in "abcd"
    ]
    assert [process.wait(120) for process in processes] == [0, 0, 0, 0]
    lines = [line.split() for file in _files(path) for line in file.read_text().splitlines()]
    assert {(name, filler) for name, _, filler in lines} == {(name, "x" * 80) for name in "abcd"}
    for name in "abcd":
        assert sorted(int(line[1]) for line in lines if line[0] == name) == list(range(200))
    assert len(_files(path)) >= 3
    assert all(file.stat().st_size < 25_000 for file in _files(path))
    assert {file.stat().st_mode & 0o777 for file in _files(path)} == {0o600}


@pytest.mark.usefixtures("small")
def test_five_old_files_are_kept(path: Path) -> None:
    file = LogFile(path)
    for n in range(20):
        file.write(b"%02d" % n + b"x" * 97 + b"\n")
    assert [one.name for one in _files(path)] == [f"haja.log.{n}" for n in (5, 4, 3, 2, 1)]
    assert [one.read_bytes()[:2] for one in _files(path)] == [b"15", b"16", b"17", b"18", b"19"]
    assert KEPT_FILES == 5


@pytest.mark.usefixtures("small")
def test_nobody_waits_for_who_turns_the_files_over(path: Path) -> None:
    """A process that was stopped (SIGSTOP) in the middle of it holds the lock for ever."""
    file = LogFile(path)
    file.write(b"first\n")
    with path.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        for _ in range(3):
            file.write(b"x" * 99 + b"\n")
        assert _files(path) == [path]
    file.write(b"last\n")
    assert path.with_name("haja.log.1").read_bytes().endswith(b"last\n")


def test_whatever_happens_to_the_file_is_survived(
    path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = LogFile(path)
    file.write(b"one\n")
    path.rename(path.with_name("moved"))
    file.write(b"two\n")
    assert path.read_bytes() == b"two\n"
    for one in path.parent.iterdir():
        one.unlink()
    path.parent.rmdir()
    file.write(b"three\n")
    assert path.read_bytes() == b"three\n"
    path.unlink()
    path.mkdir()
    file.write(b"lost\n")
    file.write(b"lost\n")
    assert capfd.readouterr().err.count("LOG_FILE cannot be written") == 1
    path.rmdir()
    file.write(b"four\n")
    assert path.read_bytes() == b"four\n"


def test_a_full_disk_is_survived(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "full"
    path.symlink_to("/dev/full")  # each write to it fails with ENOSPC
    file = LogFile(path)
    file.write(b"lost\n")
    assert "No space left" in capfd.readouterr().err


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    logger = logging.getLogger()
    before, level = logger.handlers[:], logger.level
    yield logger
    logger.handlers[:] = before
    logger.setLevel(level)
    access_log.cache_clear()


@pytest.mark.parametrize("environment", ["development", "production"])
def test_what_is_said_on_stderr_stands_in_the_file(
    path: Path,
    root: logging.Logger,
    settings_with: Callable[..., Settings],
    environment: str,
) -> None:
    settings = settings_with(LOG_FILE=str(path)).model_copy(update={"haja_env": environment})
    configure_logging(settings)
    structlog.get_logger("ours").warning("said_by_us", number=1)
    logging.getLogger("theirs").warning("said by %s", "them")
    access_log(settings)("request_answered", status=200)
    wait_for(lambda: b"request_answered" in path.read_bytes(), "the call's line is there")
    lines = path.read_bytes().splitlines()
    assert len(lines) == 3
    for words in (b"said_by_us", b"said by them"):
        assert any(words in line for line in lines)
    if environment == "production":
        assert orjson.loads(lines[0])["event"] == "said_by_us"
