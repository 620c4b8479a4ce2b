"""Two databases on one server, alike but for their size: 1,000,000 requests and 1,000.

They are kept below ``var/bench`` and used again while nothing that shapes them has changed; the
comment on each database names what it was made from.
"""

import hashlib
import json
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection

from bench.servers import ROOT, environment_of, flask
from launcher.postgres import ROLE, PostgresServer
from launcher.redis import RedisServer

ROWS = 1_000_000
FEW = 1_000
FOLDER = ROOT / "var" / "bench" / "million"
_MADE_FROM = (
    "models/migrations/versions/*.py",
    "models/services/indexes.py",
    "models/services/loading.py",
    "models/services/search.py",
)
# Nothing is lost when a half-made database is lost: it has no comment yet and is made again.
_LOADING = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "16GB",
    "autovacuum": "off",
    "shared_buffers": "1GB",
}
_MEASURING = {"shared_buffers": "1GB", "max_wal_size": "16GB", "autovacuum": "off"}
_ADMIN = {"HAJA_ADMIN_EMAIL": "bench@example.org", "HAJA_ADMIN_PASSWORD": "for measuring only 4711"}

# One request that has been through a lot: photos, notes, changes of mind.
_WELL_KNOWN = """
    WITH chosen AS (SELECT id FROM maintenance_requests ORDER BY id OFFSET (SELECT count(*) / 2
                    FROM maintenance_requests) LIMIT 1),
    pictures AS (
        INSERT INTO photos (request_id, state, filename, content_type, size, sha256, renditions,
                            rejected_because, created_at)
        SELECT id, 'ready', 'photo.jpg', 'image/jpeg', 1, '', '{}', '', now()
        FROM chosen, generate_series(1, 3)
    )
    INSERT INTO timeline_entries (request_id, event, actor, data, created_at)
    SELECT id, 'note_added', 'bench', '{"note": "seen"}', now() FROM chosen, generate_series(1, 8)
"""


@dataclass(frozen=True, slots=True)
class Sized:
    """One of the two: its size, its address, and the environment of processes that use it."""

    rows: int
    url: str
    environment: dict[str, str]

    @contextmanager
    def connect(self) -> Iterator[connection]:
        """Each statement by itself."""
        opened = psycopg2.connect(self.url)
        opened.autocommit = True
        try:
            yield opened
        finally:
            opened.close()


@dataclass(frozen=True, slots=True)
class Pair:
    """Both databases, and where processes may leave their logs."""

    million: Sized
    thousand: Sized
    postgres: PostgresServer
    folder: Path

    @property
    def sides(self) -> dict[str, Sized]:
        return {"million": self.million, "thousand": self.thousand}


@contextmanager
def million() -> Iterator[Pair]:
    """Both databases, loaded, vacuumed and durable."""
    _make_if_needed()
    with ExitStack() as stack:
        postgres = stack.enter_context(PostgresServer(FOLDER / "postgres", settings=_MEASURING))
        urls = [
            stack.enter_context(RedisServer(FOLDER / f"redis-{rows}", persistent=False)).url
            for rows in (ROWS, FEW)
        ]
        yield Pair(
            _sized(postgres, ROWS, urls[0]), _sized(postgres, FEW, urls[1]), postgres, FOLDER
        )


def token_of(port: int) -> str:
    """A bearer token of the admin, from the web server on ``port``."""
    form = {"username": _ADMIN["HAJA_ADMIN_EMAIL"], "password": _ADMIN["HAJA_ADMIN_PASSWORD"]}
    body = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/token", body, timeout=30) as answer:
        token: str = json.load(answer)["access_token"]
    return token


def _sized(postgres: PostgresServer, rows: int, redis_url: str) -> Sized:
    url = f"{postgres.url.rpartition('/')[0]}/{_database(rows)}"
    environment = environment_of(url, redis_url, FOLDER / f"data-{rows}") | _ADMIN
    return Sized(rows, url, environment)


def _database(rows: int) -> str:
    return f"requests_{rows}"


def _make_if_needed() -> None:
    made_from = _digest()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with PostgresServer(FOLDER / "postgres", settings=_LOADING) as postgres:
        for rows in (FEW, ROWS):
            if _comment(postgres, rows) != made_from:
                _make(postgres, rows, made_from)


def _make(postgres: PostgresServer, rows: int, made_from: str) -> None:
    started = time.monotonic()
    sys.stderr.write(f"  loading {rows:,} requests; the next run finds them ready\n")
    name = _database(rows)
    _command(postgres, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    _command(postgres, f"CREATE DATABASE {name} OWNER {ROLE}")
    with RedisServer(FOLDER / "redis-loading", persistent=False) as redis:
        sized = _sized(postgres, rows, redis.url)
        flask(sized.environment, "db", "upgrade", "--directory", "models/migrations")
        flask(sized.environment, "demo", "load", "--requests", str(rows))
        flask(sized.environment, "users", "ensure-admin")
    with sized.connect() as connection, connection.cursor() as cursor:
        cursor.execute(_WELL_KNOWN)
        cursor.execute("VACUUM ANALYZE")
    _command(postgres, f"COMMENT ON DATABASE {name} IS '{made_from}'")
    sys.stderr.write(f"  loaded in {time.monotonic() - started:.0f} s\n")


def _comment(postgres: PostgresServer, rows: int) -> str | None:
    found = _command(
        postgres,
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
        f" WHERE datname = '{_database(rows)}'",
    )
    return found[0] if found else None


def _command(postgres: PostgresServer, statement: str) -> tuple[str | None, ...] | None:
    """Outside a transaction, as databases are made; the first row if there is one."""
    opened = psycopg2.connect(postgres.superuser_url)
    opened.autocommit = True
    try:
        with opened.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone() if cursor.description else None
    finally:
        opened.close()


def _digest() -> str:
    """Of everything that shapes the tables and what is in them."""
    digest = hashlib.sha256(_WELL_KNOWN.encode())
    for pattern in _MADE_FROM:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()
