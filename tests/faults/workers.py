"""Single processes of the Procfile on the tests' own servers, for tests that need only some."""

import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.settings import get_settings
from launcher.environment import ROOT
from launcher.procfile import read_procfile
from models.database import get_engine
from models.services.intake import Submission, submit_request
from tests.conftest import Servers
from tests.faults.processes import RestartedProcess
from tests.servers.smtp_server import SmtpServer
from tests.waiting import wait_for


def procfile_command(name: str) -> list[str]:
    return shlex.split(read_procfile(ROOT / "Procfile")[name])


class Workers:
    """Starts processes of the Procfile with a wrapper module, and queries the database."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        self.servers = servers
        self.folder = folder
        self._exits = ExitStack()
        self.smtp = self._exits.enter_context(SmtpServer())

    def close(self) -> None:
        self._exits.close()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.servers.postgres.url,
            "REDIS_URL": self.servers.redis.url,
            "SECRET_KEY": get_settings().secret_key,
            "JWT_SECRET_KEY": get_settings().jwt_secret_key,
            "HAJA_DATA_DIR": str(self.folder / "data"),
            "MAIL_PORT": str(self.smtp.port),
            "MAIL_TIMEOUT": "5",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
        }

    def start(
        self,
        name: str,
        *wrapper: str,
        command: list[str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> RestartedProcess:
        """Start the Procfile's ``name`` (or ``command``) as ``python -m WRAPPER... -- command``."""
        command = command or procfile_command(name)
        if wrapper:
            command = [sys.executable, "-m", *wrapper, "--", *command]
        log = self.folder / f"{name}.log"
        process = RestartedProcess(name, command, self.environment | dict(env or {}), log)
        process.ensure_running()
        self._exits.callback(process.end)
        return process

    def log(self, name: str) -> str:
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def submit(self, description: str = "복도 전등이 깜박거려요", contact: str = "") -> int:
        """Store a request as the intake does; returns its id."""
        settings = get_settings()
        with Session(get_engine()) as session:
            receipt = submit_request(
                session.connection(),
                Submission(description=description, contact_info=contact),
                timezone=settings.timezone,
            )
            session.commit()
            return receipt.request.id

    def ask(self, query: str, **values: Any) -> Any:
        """The first column of the first row; changes are committed."""
        with get_engine().begin() as connection:
            return connection.execute(text(query), values).scalar()

    def wait(self, query: str, what: str, *, seconds: float = 180, **values: Any) -> Any:
        """Wait until the result of ``query`` is true."""
        return wait_for(lambda: self.ask(query, **values), what, seconds=seconds)


@contextmanager
def open_workers(servers: Servers, folder: Path) -> Iterator[Workers]:
    workers = Workers(servers, folder)
    try:
        yield workers
    finally:
        workers.close()


def wait_for_file(path: Path, what: str, seconds: float = 60) -> None:
    wait_for(path.exists, what, seconds=seconds)
