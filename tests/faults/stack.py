"""All processes and servers of Haja, running for real, so that faults can be caused in them."""

import os
import secrets
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
from tests.faults.processes import RestartedProcess
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
        self.port, self.web_port, self.live_port = (free_port() for _ in range(3))
        self.postgres = PostgresServer(folder / "postgres")
        self.redis = RedisServer(folder / "redis", persistent=False)
        self.smtp = SmtpServer(keep_content=True)
        self.ai = OpenAIServer()
        self.processes: dict[str, RestartedProcess] = {}
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
            self.ensure_running()
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
            "WEB_PORT": str(self.web_port),
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
        """The Procfile's processes, with a second dispatcher and, by mistake of the operator, a second
        beat."""
        found = read_procfile(ROOT / "Procfile")
        commands = {
            name: ["/bin/sh", "-c", f"exec {command}"]
            for name, command in found.items()
            if name not in ("release", "flower")
        }
        commands["dispatcher2"] = commands["dispatcher"]
        commands["beat2"] = commands["beat"]
        return commands

    def _make_processes(self) -> None:
        (self.folder / "data" / "run").mkdir(parents=True, exist_ok=True)
        self.processes = {name: self.make_process(name) for name in self.commands()}

    def make_process(self, name: str) -> RestartedProcess:
        """One of ``commands``, not started yet."""
        log = self.folder / f"{name}.log"
        return RestartedProcess(name, self.commands()[name], self.environment, log)

    def _start_s3(self) -> None:
        command = [sys.executable, "-m", "moto.server", "-p", str(self.s3_port)]
        log = self.folder / "s3.log"
        self.s3 = RestartedProcess("s3", command, os.environ, log)
        self.s3.ensure_running()
        self._stack.callback(self.s3.end)
        wait_for_http(f"{self.s3_url}/moto-api/", 60)
        self.s3_client().create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"}
        )

    def s3_client(self) -> Any:
        """A client of boto3, which creates its classes at run time, so there is no better type."""
        return boto3.client(
            "s3", endpoint_url=self.s3_url, region_name="ap-northeast-2", **S3_ACCOUNT
        )

    def _release(self) -> None:
        flask = [sys.executable, "-m", "flask", "--app", "web:create_app"]
        upgrade = ["db", "upgrade", "--directory", "models/migrations"]
        for command in ([*flask, *upgrade], [*flask, "users", "ensure-admin"]):
            subprocess.run(command, env=self.environment, cwd=ROOT, check=True, capture_output=True)

    def ensure_running(self) -> None:
        """Start all processes that have ended."""
        for process in self.processes.values():
            process.ensure_running()

    def end_processes(self) -> None:
        for process in self.processes.values():
            process.end()

    def connect(self) -> "psycopg2.extensions.connection":
        """A connection to the database, for checks."""
        return psycopg2.connect(self.postgres.url)

    def messages(self, which: str) -> list[tuple[str, tuple[object, ...], str]]:
        """Task, arguments and queue of messages about some of the steps, alone and in batches.

        ``which`` is an ORDER BY and a LIMIT over ``run_id``.
        """
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT run_id, position, task FROM steps {which}")
                found = list(cursor.fetchall())
        finally:
            connection.close()
        all_run_ids = [run_id for run_id, *_ in found]
        return [
            (task, (run_ids, position), queue_of(task))
            for run_id, position, task in found
            for run_ids in ([run_id], [run_id, *all_run_ids])
        ]

    def wait_until_ready(self, seconds: float = 90) -> None:
        """Wait until the web process answers.

        Raises:
            TimeoutError: it does not.
        """
        deadline = time.monotonic() + seconds
        while True:
            self.ensure_running()
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
    """Wait until ``url`` answers with any status.

    Raises:
        TimeoutError: no answer within ``seconds``.
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
