"""A poisonous step is tried a bounded number of times, ends dead, and takes nobody along."""

import pytest
from sqlalchemy import text

from models.database import get_engine
from tests.faults import poison
from tests.faults.processes import KeptProcess
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
    """The workers of all three kinds, kept alive as a supervisor would."""

    def __init__(self, workers: Workers) -> None:
        self.workers = workers
        self.kept: list[KeptProcess] = [
            workers.start(name, WRAPPER) for name in ("dispatcher", *poison.WORKERS)
        ]

    def wait(self, query: str, what: str, seconds: float = 120) -> None:
        def look() -> bool:
            for process in self.kept:
                process.tend()
            return bool(self.workers.ask(query))

        try:
            wait_for(look, what, seconds=seconds)
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
    for room, names in poison.WORKERS.items():
        for name in names:
            _record(workers, f"{room}.{name}")
        _record(workers, f"{room}.be_well", 30)
    pool.wait(
        "SELECT count(*) = 0 FROM steps WHERE task LIKE '%.be_well' AND state <> 'done'",
        "the innocent are through",
    )
    pool.wait(
        "SELECT count(*) = 0 FROM steps WHERE task NOT LIKE '%.be_well' AND state <> 'dead'",
        "every poison is dead",
    )
    most = workers.ask("SELECT max(claims) FROM steps WHERE task NOT LIKE '%.be_well'")
    assert most <= poison.LOSSES + poison.FAILURES
    _record(workers, "triage.be_well")
    pool.wait("SELECT count(*) = 0 FROM steps WHERE state = 'ready'", "the workers work again", 30)
