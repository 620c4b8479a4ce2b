"""PostgreSQL and Redis for one measurement, and Haja's processes and others on them."""

import os
import re
import secrets
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import connection

from bench.process import ROOT, Process, procfile, run, started, wait
from launcher.postgres import PostgresServer
from launcher.ready import listens
from launcher.redis import RedisServer
from launcher.server import free_port

PIPELINE = ("dispatcher", "triage", "stats", "mail")  # what a request without photos needs
MIGRATE = "flask --app web:create_app db upgrade --directory models/migrations 2>&1"
_READY = re.compile(r"\bready\.|dispatcher_started")


@dataclass(frozen=True, slots=True)
class Servers:
    """``environment`` is what a process of Haja needs to use them; logs go into ``folder``."""

    postgres: PostgresServer
    redis: RedisServer
    folder: Path
    environment: dict[str, str]

    @property
    def url(self) -> str:
        """The address of Haja's database."""
        return self.environment["DATABASE_URL"]

    def run(self, line: str, **settings: str) -> str:
        return run(line, {**self.environment, **settings})

    def start(self, line: str, **settings: str) -> AbstractContextManager[Process]:
        return started(line, {**self.environment, **settings}, self.folder)

    @contextmanager
    def serve(self, line: str, port: str = "WEB_PORT", **settings: str) -> Iterator[Process]:
        """A process that listens where the variable ``port`` says."""
        own = {**self.environment, port: str(chosen := free_port()), **settings}
        with started(line, own, self.folder, port=chosen) as process:
            wait(lambda: listens(chosen), line, process)
            yield process

    @contextmanager
    def workers(
        self, names: Sequence[str] = PIPELINE, *, module: str = "bench.instant", **settings: str
    ) -> Iterator[dict[str, Process]]:
        """Workers and dispatcher, ready for work; ``module`` is ``worker``, or what stands for it."""
        with ExitStack() as stack:
            lines = {name: procfile(name).replace("-m worker ", f"-m {module} ") for name in names}
            running = {
                name: stack.enter_context(self.start(line, **settings))
                for name, line in lines.items()
            }
            for name, process in running.items():
                wait(lambda one=process: bool(_READY.search(one.said())), name, process)  # type: ignore[misc]
            yield running


@contextmanager
def servers(**settings: str) -> Iterator[Servers]:
    """New ones with Haja's tables; durable unless ``settings`` of PostgreSQL say otherwise."""
    with tempfile.TemporaryDirectory(prefix="haja-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL may run as another user
        usual = {"max_wal_size": "8GB", "shared_buffers": "512MB", "max_connections": "500"}
        postgres = PostgresServer(folder / "postgres", settings={**usual, **settings})
        with postgres, RedisServer(folder / "redis", persistent=False) as redis:
            made = on(postgres, redis, folder, postgres.url)
            made.run(MIGRATE)
            yield made


def on(postgres: PostgresServer, redis: RedisServer, folder: Path, url: str) -> Servers:
    """With all of Haja's settings that have no default, as in production."""
    data = folder / f"data-{url.rpartition('/')[2]}"
    (data / "run").mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": url,
        "REDIS_URL": redis.url,
        "SECRET_KEY": secrets.token_hex(32),
        "JWT_SECRET_KEY": secrets.token_hex(32),
        "HAJA_DATA_DIR": str(data),
        "HAJA_ENV": "production",
        "PUBLIC_URL": "https://haja.example.org",
    }
    return Servers(postgres, redis, folder, environment)


def new_database(url: str, name: str, *, like: str = "template1") -> str:
    """The address of a new database; nobody may be connected to the one that it is ``like``."""
    server = url.rpartition("/")[0]
    with connect(f"{server}/postgres") as opened:
        execute(opened, f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
    return f"{server}/{name}"


@contextmanager
def connect(url: str) -> Iterator[connection]:
    """Each statement by itself."""
    opened = psycopg2.connect(url)
    opened.autocommit = True
    try:
        yield opened
    finally:
        opened.close()


def execute(opened: connection, statement: str, values: Sequence[Any] = ()) -> list[Any]:
    """The rows, if it has any."""
    with opened.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


def number(opened: connection, query: str) -> int:
    """The one number that ``query`` returns."""
    return int(execute(opened, query)[0][0])
