"""A watchdog for workers whose process runs but whose event loop is stuck.

The worker's event loop sets a timestamp each second. One thread ends the process if the timestamp is
too old, so that the process manager starts another. A second thread writes the heartbeat for
``/readyz`` while the timestamp is recent. Nothing is lost, because the ledger has the steps. A solo
pool runs tasks in the event loop itself, so a task within its time limit counts as working.
"""

import faulthandler
import logging
import os
import threading
import time
from typing import Any

from celery import bootsteps

from models.database import transaction
from models.services import heartbeats
from tasks.steps.leases import lease_renewer
from worker.health_checks import start_health_checks

log = logging.getLogger(__name__)

STANDSTILL_LIMIT = 60.0  # seconds; reconnecting to the broker blocks the loop for less than this
CHECK_EVERY = 1.0  # seconds
BEAT_EVERY = 5.0  # seconds
EXIT_STANDSTILL = 70  # EX_SOFTWARE of sysexits.h
_STDERR = 2  # Celery may have replaced sys.stderr by an object without a file descriptor


class Watchdog(bootsteps.StartStopStep):
    requires = {"celery.worker.components:Timer", "celery.worker.components:Pool"}

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self.stamp = time.monotonic()
        self.stopped = threading.Event()

    def start(self, parent: Any) -> None:
        self.stamp = time.monotonic()
        parent.timer.call_repeatedly(1.0, self._stamp)
        for task in (self._watch, self._beat):
            threading.Thread(target=task, args=(parent,), daemon=True).start()
        start_health_checks(_queues_of(parent), self.stopped, name=str(parent.hostname))

    def stop(self, _parent: Any) -> None:
        self.stopped.set()

    def terminate(self, _parent: Any) -> None:
        self.stopped.set()

    def _stamp(self) -> None:
        self.stamp = time.monotonic()

    @property
    def _alive(self) -> bool:
        return time.monotonic() - self.stamp < BEAT_EVERY or lease_renewer().is_working

    def _watch(self, _parent: Any) -> None:
        """Calls nothing that could block. It keeps postponing the alarm of faulthandler, which is in
        C: the alarm ends the process even if the interpreter lock is held and no Python code runs."""
        while not self.stopped.wait(CHECK_EVERY):
            faulthandler.dump_traceback_later(STANDSTILL_LIMIT, exit=True, file=_STDERR)
            age = time.monotonic() - self.stamp
            if age > STANDSTILL_LIMIT and not lease_renewer().is_working:
                log.critical("worker_stands_still, seconds=%d: ending the process", age)
                os._exit(EXIT_STANDSTILL)
        faulthandler.cancel_dump_traceback_later()

    def _beat(self, parent: Any) -> None:
        queues = _queues_of(parent)
        while not self.stopped.wait(BEAT_EVERY):
            if self._alive:
                self._record(str(parent.hostname), queues)

    def _record(self, name: str, queues: list[str]) -> None:
        try:
            with transaction() as session:
                heartbeats.record_heartbeat(session, "worker", name, {"queues": queues})
        except Exception as error:  # noqa: BLE001 - a failed heartbeat must not end the worker
            log.warning("heartbeat_failed: %s", type(error).__name__)


def _queues_of(parent: Any) -> list[str]:
    return sorted(parent.app.amqp.queues.consume_from)
