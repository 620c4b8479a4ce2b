"""A worker that lives but works no more ends itself; one that works long does not."""

from celery import Celery

from tests.faults.workers import Rooms, procfile_command
from worker.health import EXIT_STANDSTILL

WRAPPER = "tests.faults.standstill"
BY_ALARM = 1  # how faulthandler ends a process


# A pool of each kind, and C code that holds the interpreter, where the pool makes no difference.
STANDSTILLS = {
    "triage": ("loop", EXIT_STANDSTILL, "worker_stands_still"),
    "photos": ("loop", EXIT_STANDSTILL, "worker_stands_still"),
    "stats": ("loop", EXIT_STANDSTILL, "worker_stands_still"),
    "mail": ("interpreter", BY_ALARM, "Timeout (0:00:04)"),
}


def test_a_standstill_ends_the_process(rooms: Rooms) -> None:
    workers = {room: rooms.start(room, WRAPPER, how) for room, (how, *_) in STANDSTILLS.items()}
    rooms.wait(
        "SELECT count(*) = 4 FROM heartbeats WHERE part = 'worker'", "each gives a sign of life"
    )
    for room, (_, code, word) in STANDSTILLS.items():
        assert workers[room].wait() == code, room
        assert word in rooms.log(room)


def test_long_work_in_the_loop_itself_is_no_standstill(rooms: Rooms) -> None:
    rooms.submit()
    run_id = rooms.ask("SELECT id FROM runs WHERE event = 'request_submitted'")
    solo = [word.replace("stats", "triage") for word in procfile_command("stats")]
    worker = rooms.start("triage", WRAPPER, "busy", command=solo)
    courier = Celery("courier", broker=rooms.servers.redis.url, set_as_current=False)
    courier.send_task("triage.categorize_request", ([run_id], 0), queue="triage")
    rooms.wait("SELECT state = 'running' FROM steps WHERE position = 0", "it has begun")
    rooms.wait("SELECT state = 'done' FROM steps WHERE position = 0", "it has ended")
    assert worker.pid, rooms.log("triage")[-2000:]
    assert rooms.ask("SELECT claims FROM steps WHERE position = 0") == 1
