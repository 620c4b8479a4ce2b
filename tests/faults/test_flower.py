"""What Flower shows of a message is what the ledger says of its steps: a real worker's events."""

from collections.abc import Callable, Iterator
from threading import Event, Thread

import pytest
from celery import Celery
from celery.events.state import State, Task

from tests.faults.workers import Workers
from tests.waiting import wait_for


class Monitor:
    """Publishes messages and follows them as Flower does."""

    def __init__(self, broker: str) -> None:
        self._app = Celery("monitor", broker=broker, set_as_current=False)
        self._state: State = self._app.events.State()
        self._connection = self._app.connection_for_read()
        self._receiver = self._app.events.Receiver(
            self._connection, handlers={"*": self._state.event}
        )
        listening = Event()
        self._receiver.on_consume_ready = lambda *_args, **_kwargs: listening.set()
        self._thread = Thread(target=self._receiver.capture, kwargs={"wakeup": False}, daemon=True)
        self._thread.start()
        assert listening.wait(30)

    def close(self) -> None:
        self._receiver.should_stop = True
        self._thread.join(30)
        self._connection.release()
        self._app.close()

    def end_of(self, task: str, run_ids: list[int], position: int = 0) -> Task:
        """The message's state after its end."""
        queue = task.partition(".")[0]
        sent = self._app.send_task(task, (run_ids, position), queue=queue, ignore_result=True)

        def ended() -> Task | None:
            found = self._state.tasks.get(sent.id)
            over = found is not None and found.state not in ("PENDING", "RECEIVED", "STARTED")
            return found if over else None

        return wait_for(ended, "the message has ended", seconds=60)


@pytest.fixture
def monitor(workers: Workers) -> Iterator[Monitor]:
    monitor = Monitor(workers.servers.redis.url)
    yield monitor
    monitor.close()


@pytest.fixture
def receipt(workers: Workers) -> Callable[[], int]:
    """Makes a receipt that is due; returns its run."""

    def make() -> int:
        request_id = workers.submit(contact="kim@example.org")
        run_id = workers.ask(
            "SELECT id FROM runs WHERE event = 'receipt_due' AND subject_id = :id", id=request_id
        )
        workers.ask(
            "UPDATE steps SET state = 'ready', due_at = now() WHERE run_id = :run RETURNING 1",
            run=run_id,
        )
        return int(run_id)

    return make


def test_only_what_is_done_is_a_success(
    workers: Workers, monitor: Monitor, receipt: Callable[[], int]
) -> None:
    """Refused and unknown messages are failures, postponed ones are to be tried again."""
    workers.start("mail")
    found = {}
    for reply, wanted in (
        ({}, "SUCCESS"),
        ({"rcpt": "451 later, kim@example.org"}, "RETRY"),
        ({"rcpt": "550 nobody here, kim@example.org"}, "FAILURE"),
        ({"dot": "drop"}, "FAILURE"),
    ):
        workers.smtp.rules.set(**reply)
        run_id = receipt()
        task = monitor.end_of("mail.send_receipt", [run_id])
        state = workers.ask("SELECT state FROM steps WHERE run_id = :run", run=run_id)
        assert task.state == wanted, (reply, state)
        told = task.exception or ""
        assert "kim@" not in told + str(task.traceback)
        if wanted != "SUCCESS":
            assert f"run {run_id} {state}" in told
        found[state] = run_id, told
    assert "550" in found["dead"][1] and "451" in found["retry"][1]
    # A second message for what is done, and one for what is dead, change nothing and say so.
    assert monitor.end_of("mail.send_receipt", [found["done"][0]]).state == "REVOKED"
    assert monitor.end_of("mail.send_receipt", [found["dead"][0]]).state == "FAILURE"
