"""A poison step is tried a limited number of times, becomes dead, and does not affect other steps."""

import pytest
from sqlalchemy import text

from models.database import get_engine
from tests.faults import poison
from tests.faults.processes import RestartedProcess
from tests.faults.workers import Workers
from tests.waiting import wait_for

WRAPPER = "tests.faults.poisoned"


def _record(workers: Workers, task: str, count: int = 1) -> list[int]:
    """Runs of one step each; returns their ids."""
    with get_engine().begin() as connection:
        ids = list(
            connection.execute(
                text(
                    "INSERT INTO runs (event, subject_id, request_id)"
                    " SELECT :task, n, '' FROM generate_series(1, :count) n RETURNING id"
                ),
                {"task": task, "count": count},
            ).scalars()
        )
        connection.execute(
            text(
                "INSERT INTO steps (run_id, position, task, state)"
                " SELECT unnest(:ids), 0, :task, 'ready'"
            ),
            {"task": task, "ids": ids},
        )
    return ids


class Pool:
    """A dispatcher and workers with the three kinds of pools, started again when they end."""

    def __init__(self, workers: Workers) -> None:
        self.workers = workers
        self.processes: list[RestartedProcess] = [
            workers.start(name, WRAPPER) for name in ("dispatcher", *poison.WORKERS)
        ]

    def wait(self, query: str, what: str, seconds: float = 120) -> None:
        def is_true() -> bool:
            for process in self.processes:
                process.ensure_running()
            return bool(self.workers.ask(query))

        try:
            wait_for(is_true, what, seconds=seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self._states()}") from None

    def _states(self) -> str:
        return str(
            self.workers.ask(
                "SELECT json_agg(s) FROM (SELECT task, state, claims, failures, last_error,"
                " count(*) FROM steps GROUP BY 1, 2, 3, 4, 5) s"
            )
        )


@pytest.fixture
def pool(workers: Workers) -> Pool:
    return Pool(workers)


def test_poison_steps_become_dead_and_harmless_ones_are_done(pool: Pool) -> None:
    workers = pool.workers
    for queue, names in poison.WORKERS.items():
        for name in names:
            _record(workers, f"{queue}.{name}")
        _record(workers, f"{queue}.harmless", 30)
    pool.wait(
        "SELECT count(*) = 0 FROM steps WHERE task LIKE '%.harmless' AND state <> 'done'",
        "the harmless steps are done",
    )
    pool.wait(
        "SELECT count(*) = 0 FROM steps WHERE task NOT LIKE '%.harmless' AND state <> 'dead'",
        "every poison step is dead",
    )
    most = workers.ask("SELECT max(claims) FROM steps WHERE task NOT LIKE '%.harmless'")
    assert most <= poison.LOSSES + poison.FAILURES
    _record(workers, "triage.harmless")
    pool.wait("SELECT count(*) = 0 FROM steps WHERE state = 'ready'", "the workers work again", 30)
