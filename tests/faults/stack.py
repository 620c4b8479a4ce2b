"""Everything that a request passes through, as real processes that can be struck."""

import os
import secrets
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import boto3
import psycopg2

from config.queues import queue_of
from launcher.environment import ROOT
from launcher.postgres import PostgresServer
from launcher.procfile import read_procfile
from launcher.redis import RedisServer
from launcher.server import free_port
from tests.faults.processes import KeptProcess
from tests.servers.openai_server import OpenAIServer
from tests.servers.smtp_server import SmtpServer

BUCKET = "haja-photos"
OPERATOR = ("storm@example.com", "storm-password")
OPERATORS = ("desk@example.com", "night@example.com")
S3_ACCOUNT = {"aws_access_key_id": "storm", "aws_secret_access_key": "storm-secret"}


class StormStack:
    """PostgreSQL, a Redis without persistence, mail, AI, storage, and the Procfile's processes."""

    def __init__(self, folder: Path, *, with_ai: bool = True) -> None:
        self.folder = folder
        self.with_ai = with_ai
        self.port, self.live_port = free_port(), free_port()
        self.postgres = PostgresServer(folder / "postgres")
        self.redis = RedisServer(folder / "redis", persistent=False)
        self.smtp = SmtpServer(keep_content=True)
        self.ai = OpenAIServer()
        self.processes: dict[str, KeptProcess] = {}
        self.s3_port = free_port()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        try:
            self.postgres.start()
            self._stack.callback(self.postgres.stop)
            self.redis.start()
            self._stack.callback(self.redis.stop)
            self._stack.enter_context(self.smtp)
            self._stack.enter_context(self.ai)
            self._start_s3()
            self._release()
            self._make_processes()
            self._stack.callback(self.end_processes)
            self.tend()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def s3_url(self) -> str:
        return f"http://127.0.0.1:{self.s3_port}"

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
            "SECRET_KEY": self._secret("a"),
            "JWT_SECRET_KEY": self._secret("b"),
            "HAJA_ADMIN_EMAIL": OPERATOR[0],
            "HAJA_ADMIN_PASSWORD": OPERATOR[1],
            "HAJA_DATA_DIR": str(self.folder / "data"),
            "PORT": str(self.port),
            "LIVE_PORT": str(self.live_port),
            "PUBLIC_URL": self.url,
            "INTAKE_RATE_LIMIT": "1000000 per minute",
            "API_RATE_LIMIT": "1000000 per minute",
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": str(self.smtp.port),
            "MAIL_TIMEOUT": "5",
            "OPERATORS_EMAIL": ",".join(OPERATORS),
            "OPENAI_TIMEOUT": "3",
            "S3_BUCKET": BUCKET,
            "AWS_ENDPOINT_URL": self.s3_url,
            "AWS_ACCESS_KEY_ID": S3_ACCOUNT["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": S3_ACCOUNT["aws_secret_access_key"],
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
        }
        if self.with_ai:
            own |= {"OPENAI_API_KEY": "storm", "OPENAI_BASE_URL": self.ai.url}
        return own

    def _secret(self, name: str) -> str:
        path = self.folder / f"secret-{name}"
        if not path.exists():
            path.write_text(secrets.token_hex(32))
        return path.read_text()

    def commands(self) -> dict[str, list[str]]:
        """The Procfile's processes, with two dispatchers and two beats as a careless host runs."""
        found = read_procfile(ROOT / "Procfile")
        data = str(self.folder / "data")
        commands = {
            name: [os.path.expandvars(part) for part in shlex.split(self._expand(command, data))]
            for name, command in found.items()
            if name not in ("release", "flower")
        }
        commands["dispatcher2"] = commands["dispatcher"]
        commands["beat2"] = [part.replace("beat-schedule", "beat2-s") for part in commands["beat"]]
        return commands

    @staticmethod
    def _expand(command: str, data: str) -> str:
        return command.replace("${HAJA_DATA_DIR:-var}", data)

    def _make_processes(self) -> None:
        (self.folder / "data" / "run").mkdir(parents=True, exist_ok=True)
        for name, command in self.commands().items():
            log = self.folder / f"{name}.log"
            self.processes[name] = KeptProcess(name, command, self.environment, log)

    def _start_s3(self) -> None:
        command = [sys.executable, "-m", "moto.server", "-p", str(self.s3_port)]
        log = self.folder / "s3.log"
        self.s3 = KeptProcess("s3", command, os.environ, log)
        self.s3.tend()
        self._stack.callback(self.s3.end)
        wait_for_http(f"{self.s3_url}/moto-api/", 60)
        self.s3_client().create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"}
        )

    def s3_client(self) -> Any:
        """boto3 makes its classes as it runs, so there is no better type."""
        return boto3.client(
            "s3", endpoint_url=self.s3_url, region_name="ap-northeast-2", **S3_ACCOUNT
        )

    def _release(self) -> None:
        flask = [sys.executable, "-m", "flask", "--app", "web:create_app"]
        upgrade = ["db", "upgrade", "--directory", "models/migrations"]
        for command in ([*flask, *upgrade], [*flask, "users", "ensure-admin"]):
            subprocess.run(command, env=self.environment, cwd=ROOT, check=True, capture_output=True)

    def tend(self) -> None:
        """Start again what died."""
        for process in self.processes.values():
            process.tend()

    def end_processes(self) -> None:
        for process in self.processes.values():
            process.end()

    def connect(self) -> "psycopg2.extensions.connection":
        """A connection for looking at the books."""
        return psycopg2.connect(self.postgres.url)

    def messages(self, which: str) -> list[tuple[str, tuple[object, ...], str]]:
        """Task, arguments and queue of messages about some of the work, alone and in batches.

        ``which`` is an ORDER BY and a LIMIT over ``run_id``.
        """
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT run_id, position, task FROM steps {which}")
                found = list(cursor.fetchall())
        finally:
            connection.close()
        everybody = [run_id for run_id, *_ in found]
        return [
            (task, (run_ids, position), queue_of(task))
            for run_id, position, task in found
            for run_ids in ([run_id], [run_id, *everybody])
        ]

    def wait_until_ready(self, seconds: float = 90) -> None:
        """Until the web answers."""
        deadline = time.monotonic() + seconds
        while True:
            self.tend()
            try:
                wait_for_http(f"{self.url}/healthz", 1)
                return
            except TimeoutError:
                if time.monotonic() > deadline:
                    raise

    def restart_postgres(self, how: signal.Signals) -> None:
        """``SIGINT`` is PostgreSQL's fast shutdown, ``SIGQUIT`` its immediate one."""
        os.kill(self.postgres.pid, how)
        while self.postgres.pid:
            time.sleep(0.05)
        self.postgres.start()


def wait_for_http(url: str, seconds: float, headers: Mapping[str, str] | None = None) -> None:
    """Until ``url`` answers anything at all.

    Raises:
        TimeoutError
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            request = urllib.request.Request(url, headers=dict(headers or {}))
            urllib.request.urlopen(request, timeout=2).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > deadline:
                raise TimeoutError(url) from None
            time.sleep(0.1)
