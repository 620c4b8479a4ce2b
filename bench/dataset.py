"""Two databases on one server, alike but for their size: 1,000,000 requests and 1,000.

They are kept below ``var/bench`` and used again while nothing that shapes them has changed; the
comment on each database names what it was made from.
"""

import hashlib
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench.process import ROOT
from bench.servers import MIGRATE, Servers, connect, execute, on
from launcher.postgres import ROLE, PostgresServer
from launcher.redis import RedisServer

MANY, FEW = 1_000_000, 1_000
USERS = 64  # operators, so that each stays within the default limit
FOLDER = ROOT / "var" / "bench" / "dataset"
_MADE_FROM = (
    "models/migrations/versions/*.py",
    "models/services/search.py",
    "bench/loading.py",
    "training/data/test_*.jsonl",
)
_MEASURING = {
    "shared_buffers": "1GB",
    "max_wal_size": "16GB",
    "autovacuum": "off",
    "max_connections": "300",
}
# Nothing is lost when a half-made database is lost: it has no comment yet and is made again.
_LOADING = {"fsync": "off", "full_page_writes": "off", "wal_level": "minimal"}
_LOADING |= {"max_wal_senders": "0", **_MEASURING}

# One request that has been through a lot: photos, notes, changes of mind.
_LONG_STORY = """
    WITH chosen AS (SELECT id FROM maintenance_requests ORDER BY id
                    OFFSET (SELECT count(*) / 2 FROM maintenance_requests) LIMIT 1),
    pictures AS (
        INSERT INTO photos (request_id, state, filename, content_type, size, sha256, renditions,
                            rejected_because, created_at)
        SELECT id, 'ready', 'photo.jpg', 'image/jpeg', 1, '', '{}', '', now()
        FROM chosen, generate_series(1, 3)
    )
    INSERT INTO timeline_entries (request_id, event, actor, data, created_at)
    SELECT id, 'note_added', 'bench', '{"note": "seen"}', now() FROM chosen, generate_series(1, 8)
"""


@contextmanager
def dataset() -> Iterator[dict[int, Servers]]:
    """Both by their size: loaded, vacuumed and durable."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with PostgresServer(FOLDER / "postgres", settings=_LOADING) as postgres:
        for rows in (FEW, MANY):
            _make_if_needed(postgres, rows)
    with ExitStack() as stack:
        postgres = stack.enter_context(PostgresServer(FOLDER / "postgres", settings=_MEASURING))
        yield {rows: _side(stack, postgres, rows) for rows in (MANY, FEW)}


def _side(stack: ExitStack, postgres: PostgresServer, rows: int) -> Servers:
    redis = stack.enter_context(RedisServer(FOLDER / f"redis-{rows}", persistent=False))
    return on(postgres, redis, FOLDER, f"{postgres.url.rpartition('/')[0]}/requests_{rows}")


def _make_if_needed(postgres: PostgresServer, rows: int) -> None:
    name, made_from, started = f"requests_{rows}", _digest(), time.monotonic()
    with connect(postgres.superuser_url) as opened, ExitStack() as stack:
        comment = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
        if execute(opened, comment, (name,)) == [(made_from,)]:
            return
        sys.stderr.write(f"  loading {rows:,} requests; the next run finds them ready\n")
        execute(opened, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        execute(opened, f"CREATE DATABASE {name} OWNER {ROLE}")
        side = _side(stack, postgres, rows)
        side.run(MIGRATE)
        side.run(f"python -m bench.loading {rows} {USERS}")
        inside = stack.enter_context(connect(side.url))
        execute(inside, _LONG_STORY)
        execute(inside, "VACUUM ANALYZE")
        execute(opened, f"COMMENT ON DATABASE {name} IS '{made_from}'")
    sys.stderr.write(f"  loaded in {time.monotonic() - started:.0f} s\n")


def _digest() -> str:
    """Of everything that shapes the tables and what is in them."""
    digest = hashlib.sha256(_LONG_STORY.encode())
    for pattern in _MADE_FROM:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()
