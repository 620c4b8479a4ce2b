"""A worker that lives but consumes nothing must not look alive.

The worker's own event loop stamps the time each second; a thread beside it writes the heartbeat
that ``/readyz`` shows while the stamp is fresh, and ends the process when it has stood still for
too long, so that its supervisor starts another. Nothing is lost: the ledger finds the steps.
"""

import logging
import os
import threading
import time
from typing import Any

from celery import bootsteps

from models.database import transaction
from models.services import heartbeats
from worker.probes import start_probes

log = logging.getLogger(__name__)

STANDSTILL_LIMIT = 60.0  # seconds; a reconnecting loop stands still for less than this
BEAT_EVERY = 5.0  # seconds
EXIT_STANDSTILL = 70  # EX_SOFTWARE of sysexits.h


class Watchdog(bootsteps.StartStopStep):
    requires = {"celery.worker.components:Timer", "celery.worker.components:Pool"}

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self.stamp = time.monotonic()
        self.stopped = threading.Event()

    def start(self, parent: Any) -> None:
        self.stamp = time.monotonic()
        parent.timer.call_repeatedly(1.0, self._stamp)
        threading.Thread(target=self._watch, args=(parent,), daemon=True).start()
        start_probes(_queues_of(parent), self.stopped, name=str(parent.hostname))

    def stop(self, _parent: Any) -> None:
        self.stopped.set()

    def terminate(self, _parent: Any) -> None:
        self.stopped.set()

    def _stamp(self) -> None:
        self.stamp = time.monotonic()

    def _watch(self, parent: Any) -> None:
        queues = _queues_of(parent)
        while not self.stopped.wait(BEAT_EVERY):
            age = time.monotonic() - self.stamp
            if age > STANDSTILL_LIMIT:
                log.critical("worker_stands_still, seconds=%d: ending the process", age)
                os._exit(EXIT_STANDSTILL)
            if age < BEAT_EVERY:
                self._beat(str(parent.hostname), queues)

    def _beat(self, name: str, queues: list[str]) -> None:
        try:
            with transaction() as session:
                heartbeats.record_heartbeat(session, "worker", name, {"queues": queues})
        except Exception as error:  # noqa: BLE001 - a sign of life must not end the life
            log.warning("heartbeat_failed: %s", type(error).__name__)


def _queues_of(parent: Any) -> list[str]:
    return sorted(parent.app.amqp.queues.consume_from)
