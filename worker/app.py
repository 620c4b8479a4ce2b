"""The Celery application. It does not import the database, which beat and Flower do not need: what
only workers need is named by its import path, and the workers load it."""

from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init, worker_process_init

from config.logging import configure_logging
from config.monitoring import start_monitoring
from config.settings import get_settings
from worker.base import LedgerTask
from worker.celery_guards.transport import guard_redis

guard_redis()
app = Celery(
    "haja", task_cls=LedgerTask, amqp="worker.celery_guards.amqp:PromptAMQP", set_as_current=True
)
app.config_from_object("celeryconfig")
app.steps["worker"].add("worker.health:Watchdog")


@setup_logging.connect
def _configure_logging(**_kwargs: Any) -> None:
    configure_logging(get_settings())


@worker_process_init.connect
def _start_child(**_kwargs: Any) -> None:
    from models.database import forget_engine  # here, because only process pools need it

    forget_engine()


@worker_init.connect
def _monitor_worker(sender: Any = None, **_kwargs: Any) -> None:
    """Start the monitoring of ``triage@host`` as the process ``triage``.

    Not at import, because Flower, the dispatcher and tests import this application too.
    """
    start_monitoring(get_settings(), str(getattr(sender, "hostname", sender)).partition("@")[0])


@beat_init.connect
def _monitor_beat(**_kwargs: Any) -> None:
    start_monitoring(get_settings(), "beat")
