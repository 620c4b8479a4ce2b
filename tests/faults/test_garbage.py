"""A worker drops invalid entries of its queue with a log line, and goes on working."""

import pytest
from celery import Celery
from redis import Redis

from tests.faults.garbage import GARBAGE
from tests.faults.workers import Workers
from tests.waiting import wait_for

# The queue makes no difference here, so one queue is tested with each kind of pool.
POOLS = {"threads": ["-c", "4"], "prefork": ["-c", "1"], "solo": []}


def _worker(pool: str) -> list[str]:
    queues = ["-Q", "triage", "-n", f"{pool}@%h", "--without-mingle", "--without-gossip"]
    start = ["celery", "--quiet", "-A", "worker.app", "worker", *queues]
    return [*start, "--pool", pool, *POOLS[pool], "--loglevel", "info"]


@pytest.mark.parametrize("pool", POOLS)
def test_garbage_is_dropped(workers: Workers, redis: "Redis", pool: str) -> None:
    worker = workers.start(pool, command=_worker(pool))
    wait_for(lambda: "ready" in workers.log(pool), "the worker is ready")
    pid = worker.pid
    for kind, entry in GARBAGE.items():
        redis.lpush("triage", entry)
        wait_for(lambda: not redis.llen("triage"), f"{kind} is taken")
    workers.submit()
    run_id = workers.ask("SELECT id FROM runs WHERE event = 'request_submitted'")
    publisher = Celery("publisher", broker=workers.servers.redis.url, set_as_current=False)
    publisher.send_task("triage.categorize_request", ([run_id], 0), queue="triage")
    workers.wait(
        "SELECT state = 'done' FROM steps WHERE run_id = :run AND position = 0",
        "the worker works on",
        seconds=20,
        run=run_id,
    )
    assert worker.pid == pid
    assert workers.log(pool).count("garbage_dropped") >= 10
