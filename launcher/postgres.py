"""A PostgreSQL of our own, for one machine without one: development, demo and tests."""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import psycopg2

from launcher.postgres_binaries import Binaries, choose_binaries
from launcher.postgres_owner import (
    Owner,
    check_account,
    choose_owner,
    reachable_home,
    reachable_programs,
)
from launcher.server import HOST, LocalServer, ServerError, child_command, kept_password

DATABASE = ROLE = "haja"
SUPERUSER = "postgres"
# Web 2 x 48 threads and the workers' pools must fit; see db_pool_size in config/settings.py.
MAX_CONNECTIONS = 200


class PostgresServer(LocalServer):
    """PostgreSQL on loopback TCP only, password by SCRAM, UTF-8 with C.UTF-8 character types.

    ``url`` names the role ``haja``, owner of the database ``haja``, allowed to create databases
    and no superuser, like a role at a hosting service; ``superuser_url`` is for what needs more.
    ``settings`` are further server settings, such as ``{"fsync": "off"}``.
    """

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast": ends sessions, keeps the data whole

    def __init__(self, folder: Path, *, settings: dict[str, str] | None = None) -> None:
        super().__init__(folder)
        self._home = self.folder
        self._settings = settings or {}
        self._binaries: Binaries | None = None
        self._owner: Owner | None = None

    @property
    def notice(self) -> str:
        if self._home == self.folder:
            return ""
        return f"데이터베이스 위치 · the database lies in {self.data}"

    @property
    def url(self) -> str:
        return self._url(ROLE, DATABASE)

    @property
    def superuser_url(self) -> str:
        return self._url(SUPERUSER, DATABASE)

    @property
    def data(self) -> Path:
        """The cluster itself: below ``folder``, or where its owner can get at it."""
        return self._home / "data"

    def _url(self, role: str, database: str) -> str:
        password = quote(kept_password(self._password_file(role)))
        return f"postgresql://{role}:{password}@{HOST}:{self.port}/{database}"

    def _prepare(self) -> None:
        owner = self._owner = choose_owner(self.folder / "data")
        self._home = reachable_home(self.folder, owner)
        binaries = choose_binaries(self.data)
        programs = reachable_programs(binaries.folder, owner)
        self._binaries = binaries._replace(folder=programs)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(self._binaries, owner)

    def _initialise(self, binaries: Binaries, owner: Owner) -> None:
        """Into a folder beside, renamed when whole: a killed first start leaves no half cluster."""
        check_account(owner.uid if owner.uid >= 0 else os.geteuid())
        building, password = self._home / "building", self._password_file(SUPERUSER)
        _empty(building)
        kept_password(password)
        owner.take(building)
        owner.take(password)
        command = [
            str(binaries.folder / "initdb"),
            f"--pgdata={building}",
            f"--username={SUPERUSER}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-instructions",
        ]
        if binaries.major >= 17:
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        done = subprocess.run(
            child_command(command, user=owner.user),
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self._home,
        )
        if done.returncode:
            raise ServerError(f"initdb failed:\n{done.stdout}")
        building.rename(self.data)

    def _password_file(self, role: str) -> Path:
        return self._home / f"{role}.password"

    def _launch(self) -> "subprocess.Popen[bytes]":
        assert self._binaries and self._owner
        settings = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",  # a path of ours may be longer than a socket's 107 bytes
            "max_connections": str(MAX_CONNECTIONS),
            "timezone": "UTC",
            "log_timezone": "UTC",
            # A statement that failed holds what people wrote, and photos; so does DETAIL.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            **self._settings,
        }
        command = [str(self._binaries.folder / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        return self._popen(command, user=self._owner.user, folder=self._home)

    def _answers(self) -> bool:
        try:
            connection = psycopg2.connect(self._url(SUPERUSER, "postgres"), connect_timeout=2)
        except psycopg2.OperationalError:
            return False
        try:
            self._make_database(connection)
        finally:
            connection.close()
        return True

    def _make_database(self, connection: "psycopg2.extensions.connection") -> None:
        """Outside a transaction, as CREATE DATABASE wants it; each part only when it is missing."""
        connection.autocommit = True
        password = kept_password(self._password_file(ROLE))
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (ROLE,))
            if not cursor.fetchone():
                cursor.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD %s", (password,))
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
            if not cursor.fetchone():
                cursor.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)


def start(folder: Path) -> PostgresServer:
    """A started server with its data in ``folder``.

    Raises:
        ServerError: none was found, or it did not start.
    """
    server = PostgresServer(folder)
    server.start()
    return server
