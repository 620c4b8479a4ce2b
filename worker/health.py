"""A worker that lives but consumes nothing must not look alive.

The worker's own event loop stamps the time each second. One thread beside it ends the process when
the stamp has stood still for too long, so that its supervisor starts another; a second one writes
the heartbeat that ``/readyz`` shows while the stamp is fresh. Nothing is lost: the ledger finds the
steps. A solo pool works in the loop itself, so work in hand that is within its limit counts as life.
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

STANDSTILL_LIMIT = 60.0  # seconds; a reconnecting loop stands still for less than this
LOOK_EVERY = 1.0  # seconds
BEAT_EVERY = 5.0  # seconds
EXIT_STANDSTILL = 70  # EX_SOFTWARE of sysexits.h
_STDERR = 2  # Celery may have put something without a descriptor in sys.stderr's place


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
        """Touches nothing that could block. The alarm that it keeps putting off is C's own: it
        goes off also when the interpreter itself is held and no Python runs any more."""
        while not self.stopped.wait(LOOK_EVERY):
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
        except Exception as error:  # noqa: BLE001 - a sign of life must not end the life
            log.warning("heartbeat_failed: %s", type(error).__name__)


def _queues_of(parent: Any) -> list[str]:
    return sorted(parent.app.amqp.queues.consume_from)
