"""Throw-away PostgreSQL and Redis, and web servers before them, for one measurement."""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from launcher.postgres import PostgresServer
from launcher.redis import RedisServer
from launcher.server import free_port

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0  # seconds until a server that does not answer counts as broken
WORKERS, THREADS = 2, 8  # of each web server


@dataclass(frozen=True, slots=True)
class Servers:
    """``environment`` is what a process of Haja needs to use them."""

    postgres: PostgresServer
    redis: RedisServer
    folder: Path
    environment: dict[str, str]


@contextmanager
def servers(
    *, settings: Mapping[str, str] | None = None, migrated: bool = True
) -> Iterator[Servers]:
    """A PostgreSQL (durable unless ``settings`` say otherwise), a Redis, and Haja's tables."""
    with tempfile.TemporaryDirectory(prefix="haja-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL may run as another user
        wanted = {"max_wal_size": "8GB", "shared_buffers": "512MB", **(settings or {})}
        postgres = PostgresServer(folder / "postgres", settings=wanted)
        with postgres, RedisServer(folder / "redis", persistent=False) as redis:
            environment = environment_of(postgres.url, redis.url, folder / "data")
            if migrated:
                flask(environment, "db", "upgrade", "--directory", "models/migrations")
            yield Servers(postgres, redis, folder, environment)


def environment_of(database_url: str, redis_url: str, data: Path) -> dict[str, str]:
    """What a process of Haja needs to use these; ``data`` is made."""
    data.mkdir(parents=True, exist_ok=True)
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": secrets.token_hex(32),
        "JWT_SECRET_KEY": secrets.token_hex(32),
        "HAJA_DATA_DIR": str(data),
        "INTAKE_RATE_LIMIT": "100000000 per minute",
        "API_RATE_LIMIT": "100000000 per minute",
        "PYTHONPATH": str(ROOT),
        "WEB_CONCURRENCY": str(WORKERS),
        "WEB_THREADS": str(THREADS),
    }


def flask(environment: Mapping[str, str], *arguments: str) -> str:
    """What a command of Haja printed; raises CalledProcessError if it failed."""
    command = [sys.executable, "-m", "flask", "--app", "web:create_app", *arguments]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


@dataclass(frozen=True, slots=True)
class Running:
    """A process that listens on ``port``; ``log`` is what it wrote."""

    pid: int
    port: int
    log: Path


@contextmanager
def listening(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    *,
    folder: Path,
    port: int,
    cwd: Path = ROOT,
) -> Iterator[Running]:
    """Run ``command``, which has to listen on ``port``, and end it afterwards."""
    with started(command, environment, folder=folder, cwd=cwd) as (process, log):
        _await(process, port, log)
        yield Running(process.pid, port, log)


@contextmanager
def started(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    *,
    folder: Path,
    cwd: Path = ROOT,
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A process and its log file; told to end at the end, and killed after ten seconds."""
    log = folder / f"{secrets.token_hex(4)}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            env={**environment},
            cwd=cwd,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process, log
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    tail = log.read_text(errors="replace")[-2000:]
    raise RuntimeError(f"nothing listens on port {port}:\n{tail}")


def gunicorn(
    application: str,
    environment: Mapping[str, str],
    folder: Path,
    *,
    python: Path | str = sys.executable,
    options: Sequence[str] = ("--config", "config/gunicorn.py"),
) -> AbstractContextManager[Running]:
    """``application`` under gunicorn with Haja's own set-up, the same for all."""
    port = free_port()
    command = [str(python), "-m", "gunicorn", *options, "--bind", f"127.0.0.1:{port}", application]
    return listening(command, environment, folder=folder, port=port)
