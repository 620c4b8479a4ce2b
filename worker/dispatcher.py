"""The dispatcher: publishes due work of the ledger to the broker, within milliseconds.

``python -m worker.dispatcher``. Any number may run; each round's UPDATE takes rows that no other
holds. It is the only publisher, so only it waits for a broker that is away, slow or frozen.
"""

import os
import signal
import socket
import time
from collections.abc import Sequence
from types import FrameType

import structlog
from kombu import pools
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from config.logging import configure_logging
from config.monitoring import start_monitoring
from config.queues import QUEUES, queue_of
from config.settings import get_settings, start_settings
from models import wiring
from models.database import get_engine, transaction
from models.ledger import dispatch
from models.ledger.dispatch import Batch, DueStep
from models.services import heartbeats
from tasks.pipelines import PIPELINES
from tasks.policies import POLICIES, batch_sizes
from worker.app import app

log = structlog.get_logger()

# While nothing is due, the database is asked a few times a second to look so many times, so many
# seconds apart: a look costs it a fiftieth of a question.
LOOKS, LOOK_EVERY = 12, 0.02
PAUSE_AFTER_TURN = 0.02
# Asking the broker costs more than a question for due work: after a while without any, rarely.
CHECK_QUEUES_EVERY, CHECK_QUEUES_AT_REST = 1.0, 5.0
AT_REST_AFTER = dispatch.PUBLISH_LEASE  # by then a message that was lost has come due by itself
PAUSE_AFTER_OUTAGE = 0.5
HEARTBEAT_EVERY = 5.0

_ANNOUNCED = {
    "request_submitted": "new_request",
    "request_imported": "new_request",
    "request_updated": "request_updated",
    "answer_received": "request_updated",
    "rating_given": "request_updated",
}


class Dispatcher:
    """One dispatching process; ``run`` returns after ``stop``."""

    def __init__(self) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.stopping = False
        self.sizes = batch_sizes(get_settings())
        self.open_tasks: list[str] = []
        self.broker_up = False
        self.published_at = self.checked_at = 0.0
        self.heartbeat_at = 0.0

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        self.stopping = True

    def run(self) -> None:
        """Work until stopped; an outage of database or broker is waited out, never fatal."""
        log.info("dispatcher_started", name=self.name)
        while not self.stopping:
            try:
                with get_engine().connect() as connection:
                    self._serve(connection.execution_options(isolation_level="AUTOCOMMIT"))
            except DBAPIError as error:
                log.warning("database_away", error=type(error).__name__)
                time.sleep(PAUSE_AFTER_OUTAGE)
        log.info("dispatcher_stopped", name=self.name)

    def _serve(self, connection: Connection) -> None:
        while not self.stopping:
            self._check_queues(connection)
            self._record_heartbeat()
            if not self.broker_up:
                time.sleep(PAUSE_AFTER_OUTAGE)
            elif dispatch.wait_for_due(connection, looks=LOOKS, pause=LOOK_EVERY):
                self.published_at = time.monotonic()
                if self.publish_due(connection) < dispatch.CAPACITY:
                    # Under load the next round finds more at once, which costs less for each.
                    time.sleep(PAUSE_AFTER_TURN)

    def publish_due(self, connection: Connection) -> int:
        """One round: take what is due and publish it. Returns how many steps were published."""
        due = dispatch.take_due(connection, self.open_tasks)
        batches = list(dispatch.group_into_batches(due, self.sizes))
        for index, batch in enumerate(batches):
            try:
                publish(batch)
            except Exception as error:  # noqa: BLE001 - see _lose_broker
                unpublished = [step for later in batches[index:] for step in later.steps]
                self._lose_broker(connection, unpublished, error)
                return 0
            self._announce(batch)
        return len(due)

    def _lose_broker(
        self, connection: Connection, unpublished: Sequence[DueStep], error: Exception
    ) -> None:
        """A broken connection raises errors of kombu or redis, or an AttributeError inside kombu: all
        mean the same, and the next try begins with a new connection."""
        log.warning("broker_away", error=type(error).__name__, waiting=len(unpublished))
        self.broker_up = False
        forget_connections()
        dispatch.give_back(connection, unpublished)

    def _check_queues(self, connection: Connection) -> None:
        """Ask which queues have capacity, and recall what an emptied broker lost."""
        now = time.monotonic()
        at_rest = now - self.published_at > AT_REST_AFTER and self.broker_up
        if now - self.checked_at < (CHECK_QUEUES_AT_REST if at_rest else CHECK_QUEUES_EVERY):
            return
        self.checked_at = now
        try:
            depths = queue_depths()
        except Exception as error:  # noqa: BLE001 - see _lose_broker
            if self.broker_up:
                self._lose_broker(connection, [], error)
            forget_connections()
            return
        self.broker_up = True
        self.open_tasks = [t for t in POLICIES if depths[queue_of(t)] < dispatch.CAPACITY]
        empty = [t for t in POLICIES if depths[queue_of(t)] == 0]
        if lost := dispatch.recall_lost(connection, empty):
            log.info("messages_lost_in_broker", steps=lost)
        dispatch.release_held(connection, empty)

    def _announce(self, batch: Batch) -> None:
        kind = _ANNOUNCED.get(batch.event)
        if kind is None or batch.position:
            return
        new = [step.subject_id for step in batch.steps if not step.claims]
        wiring.live_channel().publish_each(kind, new)

    def _record_heartbeat(self) -> None:
        if time.monotonic() - self.heartbeat_at < HEARTBEAT_EVERY:
            return
        self.heartbeat_at = time.monotonic()
        with transaction() as session:
            detail = {"broker": "up" if self.broker_up else "away"}
            heartbeats.record_heartbeat(session, "dispatcher", self.name, detail)


def publish(batch: Batch) -> None:
    """Hand the rest of the runs' pipeline, from the batch's step on, to Celery as one chain.

    Raises:
        Exception: the broker did not confirm. The messages may be there all the same, which does
            no harm.
    """
    tasks = PIPELINES.get(batch.event, ())[batch.position :]
    if batch.task not in tasks[:1]:
        # Written by a release with another pipeline: its next steps are published when they are due.
        tasks = (batch.task,)
    signatures = [
        app.signature(task, args=(batch.run_ids, batch.position + offset), immutable=True)
        for offset, task in enumerate(tasks)
    ]
    # As a chain sends itself when all its copying is done: the rest travels with the first, the
    # next one last.
    first, *rest = signatures
    app.send_task(first.task, first.args, chain=rest[::-1] or None)


def queue_depths() -> dict[str, int]:
    """How many messages wait in each queue.

    Raises:
        Exception: the broker is away.
    """
    with app.connection_or_acquire() as connection, connection.channel() as channel:
        # Not passive: Redis keeps no empty queue, and asking RabbitMQ for a missing one is an error.
        return {
            name: app.amqp.queues[name].bind(channel).queue_declare().message_count
            for name in QUEUES
        }


def forget_connections() -> None:
    """Drop the connections to the broker that this process keeps; the next use makes new ones."""
    pools.reset()  # type: ignore[no-untyped-call]
    app._after_fork()  # Celery's own way to forget the pools that it holds


def main() -> None:
    settings = start_settings()
    configure_logging(settings)
    start_monitoring(settings, "dispatcher")
    dispatcher = Dispatcher()
    signal.signal(signal.SIGTERM, dispatcher.stop)
    signal.signal(signal.SIGINT, dispatcher.stop)
    dispatcher.run()


if __name__ == "__main__":
    main()
