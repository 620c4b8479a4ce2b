"""A worker that lives but works no more ends itself; one that works long does not."""

import pytest
from celery import Celery

from tests.faults.processes import KeptProcess
from tests.faults.rooms import Rooms, procfile_command
from tests.waiting import wait_for
from worker.health import EXIT_STANDSTILL

WRAPPER = "tests.faults.standstill"
BY_ALARM = 1  # how faulthandler ends a process


@pytest.mark.parametrize(
    ("room", "how", "code"),
    [
        ("triage", "loop", EXIT_STANDSTILL),
        ("photos", "loop", EXIT_STANDSTILL),
        ("stats", "loop", EXIT_STANDSTILL),
        ("triage", "interpreter", BY_ALARM),
    ],
)
def test_a_standstill_ends_the_process(rooms: Rooms, room: str, how: str, code: int) -> None:
    worker = rooms.start(room, WRAPPER, how)
    wait_for(lambda: "ready" in rooms.log(room), "the worker listens")
    rooms.wait("SELECT count(*) > 0 FROM heartbeats WHERE part = 'worker'", "a sign of life")
    assert _exit_code(worker) == code
    said = {"loop": "worker_stands_still", "interpreter": "Timeout (0:00:04)"}
    assert said[how] in rooms.log(room)


def _exit_code(worker: KeptProcess) -> int:
    assert worker._process is not None
    return worker._process.wait(60)


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
