"""Processes of the Procfile on throw-away servers, and requests that wait for them."""

import json
import os
import re
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import Popen

from sqlalchemy import Connection, create_engine, text

from bench.servers import ROOT, Servers, started
from launcher.procfile import read_procfile

PIPELINE = ("dispatcher", "triage", "stats", "mail")  # what a request's ride needs
PATIENCE = 60.0
_READY = re.compile(r"\bready\.|dispatcher_started")

_SEED = text("""
    WITH made AS (
        INSERT INTO maintenance_requests (reference, description, location, contact_info,
            contact_email, requester_name, language, category, priority, status, assignee, danger,
            submitted_on, version)
        SELECT 'B' || :mark || '-' || n,
            (CAST(:texts AS text[]))[1 + n % :kinds]
                || CASE WHEN :alike THEN '' ELSE ' (' || :mark || n || ')' END, '본관 3층',
            'r' || n || '@example.org', 'r' || n || '@example.org', '김하자', 'ko', 'pending',
            'pending', 'pending', '', '', current_date, 1
        FROM generate_series(1, :count) n RETURNING id
    ), entries AS (
        INSERT INTO timeline_entries (request_id, event, actor, data)
        SELECT id, 'request_submitted', '', '{}' FROM made
    )
    SELECT id FROM made
""")
_RUNS = text("""
    WITH run AS (
        INSERT INTO runs (event, subject_id, request_id)
        SELECT 'request_submitted', subject, '' FROM unnest(CAST(:ids AS bigint[])) subject
        RETURNING id
    )
    INSERT INTO steps (run_id, position, task, state)
    SELECT id, todo.position - 1, todo.task,
        CASE todo.position WHEN 1 THEN 'ready' ELSE 'blocked' END
    FROM run CROSS JOIN unnest(CAST(:tasks AS text[])) WITH ORDINALITY AS todo (task, position)
""")


@contextmanager
def rooms(
    servers: Servers,
    names: Sequence[str] = PIPELINE,
    *,
    module: str = "worker",
    options: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[dict[str, Popen[bytes]]]:
    """The named processes, ready for work. ``module`` stands in for ``worker`` in the rooms'
    commands; ``options`` are words to replace in them."""
    with ExitStack() as stack:
        running = {}
        logs = {}
        for name in names:
            command = _command(name, module, options or {})
            own = {**servers.environment, **_own_environment(servers), **(environment or {})}
            running[name], logs[name] = stack.enter_context(
                started(command, own, folder=servers.folder)
            )
        for name, log in logs.items():
            _await(running[name], log, name)
        yield running


def _command(name: str, module: str, options: Mapping[str, str]) -> list[str]:
    line = read_procfile(ROOT / "Procfile")[name].replace("-m worker worker", f"-m {module} worker")
    for old, new in options.items():
        line = line.replace(old, new)
    words = shlex.split(line)
    return [sys.executable, *words[1:]] if words[0] == "python" else words


def _own_environment(servers: Servers) -> dict[str, str]:
    (servers.folder / "data" / "run").mkdir(parents=True, exist_ok=True)
    return {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def _await(process: Popen[bytes], log: Path, name: str) -> None:
    try:
        wait(lambda: bool(_READY.search(log.read_text(errors="replace"))), name, process)
    except RuntimeError as error:
        raise RuntimeError(f"{error}\n{log.read_text(errors='replace')[-3000:]}") from error


def wait(condition: Callable[[], bool], what: str, process: Popen[bytes] | None = None) -> None:
    """Until ``condition`` holds.

    Raises:
        RuntimeError: ``process`` ended, or it took longer than a minute.
    """
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end or (process is not None and process.poll() is not None):
            raise RuntimeError(f"not in time: {what}")
        time.sleep(0.01)


@contextmanager
def connected(servers: Servers) -> Iterator[Connection]:
    """Each statement by itself."""
    engine = create_engine(servers.postgres.url.replace("postgresql://", "postgresql+psycopg2://"))
    with engine.connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")
    engine.dispose()


def texts() -> list[str]:
    """What people wrote, Korean and English in turn."""
    folder = ROOT / "training" / "data"
    found = [
        json.loads(line)["text"]
        for name in ("test_ko.jsonl", "test_en.jsonl")
        for line in (folder / name).read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    half = len(found) // 2
    return [one for pair in zip(found[:half], found[half:], strict=False) for one in pair]


def seed(connection: Connection, count: int, *, alike: bool = True) -> list[int]:
    """Write ``count`` requests down that nobody knows of yet; returns their ids.

    ``alike`` allows for the same words in several of them.
    """
    words = texts()
    mark = f"{time.monotonic_ns():x}"
    values = {"mark": mark, "texts": words, "kinds": len(words), "count": count, "alike": alike}
    return list(connection.execute(_SEED, values).scalars())


def submit(connection: Connection, ids: Sequence[int]) -> None:
    """Give the requests their runs: in one transaction, so all come due together."""
    from tasks.pipelines import PIPELINES

    tasks = list(PIPELINES["request_submitted"])
    connection.execute(_RUNS, {"ids": list(ids), "tasks": tasks})


def unfinished(connection: Connection) -> bool:
    """Whether any step is left to do. A blocked one has an earlier one that is not blocked."""
    # In the order of the index: the planner would look through the table, and take its time for it.
    query = """
        SELECT FROM steps WHERE state IN ('ready', 'running', 'retry')
          AND due_at < 'infinity' ORDER BY due_at LIMIT 1
    """
    return connection.execute(text(query)).first() is not None
