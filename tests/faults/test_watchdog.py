"""A worker whose event loop is blocked ends itself; one with a long task does not."""

from celery import Celery

from tests.faults.workers import Workers, procfile_command
from worker.health import EXIT_STANDSTILL

WRAPPER = "tests.faults.standstill"
BY_ALARM = 1  # how faulthandler ends a process


# Each kind of pool, and C code that holds the interpreter lock, for which the pool does not matter.
STANDSTILLS = {
    "triage": ("loop", EXIT_STANDSTILL, "worker_stands_still"),
    "photos": ("loop", EXIT_STANDSTILL, "worker_stands_still"),
    "stats": ("loop", EXIT_STANDSTILL, "worker_stands_still"),
    "mail": ("interpreter", BY_ALARM, "Timeout (0:00:04)"),
}


def test_a_standstill_ends_the_process(workers: Workers) -> None:
    started = {name: workers.start(name, WRAPPER, how) for name, (how, *_) in STANDSTILLS.items()}
    workers.wait(
        "SELECT count(*) = 4 FROM heartbeats WHERE part = 'worker'", "each has a heartbeat"
    )
    for name, (_, code, word) in STANDSTILLS.items():
        assert started[name].wait() == code, name
        assert word in workers.log(name)


def test_long_work_in_the_loop_itself_is_no_standstill(workers: Workers) -> None:
    workers.submit()
    run_id = workers.ask("SELECT id FROM runs WHERE event = 'request_submitted'")
    solo = [word.replace("stats", "triage") for word in procfile_command("stats")]
    worker = workers.start("triage", WRAPPER, "busy", command=solo)
    publisher = Celery("publisher", broker=workers.servers.redis.url, set_as_current=False)
    publisher.send_task("triage.categorize_request", ([run_id], 0), queue="triage")
    # Messages have runs of their own, with first steps too.
    where = "FROM steps WHERE run_id = :run AND position = 0"
    workers.wait(f"SELECT state = 'running' {where}", "it has begun", run=run_id)
    workers.wait(f"SELECT state = 'done' {where}", "it has ended", run=run_id)
    assert worker.pid, workers.log("triage")[-2000:]
    assert workers.ask(f"SELECT claims {where}", run=run_id) == 1
