"""Real processes with monitoring, which report to servers of the test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from sqlalchemy.orm import Session

from launcher.server import free_port
from tests.conftest import Servers
from tests.e2e.http import Api
from tests.faults.workers import Workers, open_workers, procfile_command
from tests.waiting import wait_for

WRAPPER, WEB = "tests.monitoring.watched", "tests.monitoring.watched_web:application"
# Nothing listens on this port: the agent uses TLS only, so the test has no server for it.
NEW_RELIC = {
    "NEW_RELIC_LICENSE_KEY": "0123456789" * 4,
    "NEW_RELIC_HOST": "127.0.0.1",
    "NEW_RELIC_PORT": "1",
}


@pytest.fixture
def workers(
    servers: Servers, committed: Callable[[], Session], redis: "Redis", tmp_path: Path
) -> Iterator[Workers]:
    """An empty database and Redis, and no process yet."""
    with open_workers(servers, tmp_path) as workers:
        yield workers


@pytest.fixture
def start_watched(workers: Workers) -> Callable[[str], Api]:
    """``start_watched("127.0.0.1:4318")``: web, dispatcher and triage, reporting to that host."""

    def start(host: str) -> Api:
        port = str(free_port())
        watched = {
            "WEB_PORT": port,
            "SENTRY_DSN": f"http://key@{host}/1",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{host}",
            "WEB_CONCURRENCY": "1",
            **NEW_RELIC,
        }
        triage = [*procfile_command("triage")]
        triage[triage.index("threads") :] = ["prefork", "-c", "1"]
        workers.start("web", command=[*procfile_command("web"), WEB], env=watched)
        workers.start("triage", WRAPPER, "triage", command=triage, env=watched)
        workers.start("dispatcher", WRAPPER, env=watched)
        api = Api(f"http://127.0.0.1:{port}")
        wait_for(lambda: _answers(api), lambda: workers.log("web"), seconds=120)
        return api

    return start


def _answers(api: Api) -> bool:
    try:
        return api.get("/healthz").status == 200
    except OSError:
        return False


def categorized(workers: Workers, request_id: Any) -> None:
    """Wait until the request is categorized."""
    workers.wait(
        "SELECT category <> 'pending' FROM maintenance_requests WHERE id = :id",
        f"request {request_id} is categorized:\n{workers.log('triage')}",
        seconds=120,
        id=request_id,
    )
