"""PostgreSQL and Redis of our own: they keep what they were told, whatever happens to them."""

import os
from pathlib import Path

import psycopg2
import pytest
from redis import Redis

from launcher.given_database import require_answer
from launcher.postgres import PostgresServer
from launcher.postgres_binaries import choose_binaries
from launcher.postgres_owner import check_account
from launcher.redis import RedisServer
from launcher.server import HOST, ServerError, free_port


def ask(server: PostgresServer, query: str) -> object:
    connection = psycopg2.connect(server.url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(query)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None
    finally:
        connection.close()


def test_korean_has_trigrams(postgres: PostgresServer) -> None:
    ask(postgres, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
    assert ask(postgres, "SELECT cardinality(show_trgm('누수'))") == 3


def test_the_role_is_no_superuser(postgres: PostgresServer) -> None:
    assert ask(postgres, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


def test_a_wrong_password_is_refused(postgres: PostgresServer) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(postgres.url.replace(":", ":x", 2).replace(":x//", "://"))


def test_a_killed_postgres_keeps_what_was_committed(postgres: PostgresServer) -> None:
    ask(postgres, "CREATE TABLE kept AS SELECT 42 AS answer")
    port = postgres.port
    postgres.kill()
    postgres.start()
    assert (postgres.port, ask(postgres, "SELECT answer FROM kept")) == (port, 42)
    postgres.restart()
    assert ask(postgres, "SELECT answer FROM kept") == 42


def test_a_paused_postgres_goes_on(postgres: PostgresServer) -> None:
    postgres.pause()
    postgres.resume()
    assert ask(postgres, "SELECT 1") == 1


def test_what_a_failed_statement_held_stands_in_no_log(postgres: PostgresServer) -> None:
    ask(postgres, "CREATE TABLE only_once (word text PRIMARY KEY CHECK (word <> 'private'))")
    for statement in ("INSERT INTO only_once VALUES ('private')", "SELECT 'private' FROM nowhere"):
        with pytest.raises(psycopg2.Error):
            ask(postgres, statement)
    assert "nowhere" in postgres.log.read_text()
    assert "private" not in postgres.log.read_text()
    assert postgres.log.stat().st_mode & 0o077 == 0


def test_the_queues_files_are_nobody_elses(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "redis") as redis, Redis.from_url(redis.url) as client:
        client.set("a", "b")
        assert redis.folder.stat().st_mode & 0o077 == 0
        files = [path for path in redis.folder.rglob("*") if path.is_file()]
        assert len(files) >= 3
        assert [path for path in files if path.stat().st_mode & 0o077] == []


def test_a_cluster_of_a_version_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServerError, match="made by PostgreSQL 9"):
        choose_binaries(tmp_path)


def test_a_given_database_answers_or_not(postgres: PostgresServer) -> None:
    require_answer(postgres.url.replace("postgresql://", "postgresql+psycopg2://"))
    nowhere = f"postgresql://haja:hidden@{HOST}:{free_port()}/haja"
    with pytest.raises(ServerError, match="DATABASE_URL does not answer") as refusal:
        require_answer(nowhere, patience=0)
    assert "hidden" not in str(refusal.value)


def value_after_kill(folder: Path, *, persistent: bool) -> object:
    with RedisServer(folder, persistent=persistent) as server:
        with Redis.from_url(server.url) as client:
            client.set("key", "value")
        port = server.port
        server.kill()
        server.start()
        assert server.port == port
        with Redis.from_url(server.url) as client:
            return client.get("key")


def test_a_killed_redis_keeps_its_keys(tmp_path: Path) -> None:
    assert value_after_kill(tmp_path / "with a space", persistent=True) == b"value"


def test_a_killed_redis_without_persistence_is_empty(tmp_path: Path) -> None:
    assert value_after_kill(tmp_path, persistent=False) is None


def test_redis_never_evicts(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server, Redis.from_url(server.url) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_a_server_that_cannot_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("launcher.server.RETRY_SECONDS", 0.5)
    server = RedisServer(tmp_path)
    (tmp_path / "appendonly.aof").write_text("this is no log")
    with pytest.raises(ServerError, match=r"redis did not start:\n(.*\n)*.*Bad file format"):
        server.start()


def test_a_user_without_a_name_is_told_what_to_do(tmp_path: Path) -> None:
    """initdb asks for it, and says no more than that there is none."""
    check_account(os.geteuid())
    with pytest.raises(ServerError, match=r"user 2147480000 has no name .* DATABASE_URL"):
        check_account(2_147_480_000)
