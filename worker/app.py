"""The Celery application. It knows nothing of the database, which beat and Flower never touch:
what a worker needs beyond it is named by path and loaded by the worker."""

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
def _log_our_way(**_kwargs: Any) -> None:
    configure_logging(get_settings())


@worker_process_init.connect
def _start_child(**_kwargs: Any) -> None:
    from models.database import forget_engine  # only a worker with a process pool comes here

    forget_engine()


@worker_init.connect
def _watch_worker(sender: Any = None, **_kwargs: Any) -> None:
    """``triage@host`` is the process ``triage``. Children of a prefork pool go on by themselves.

    Not at import: also Flower, the dispatcher and tests import this application.
    """
    start_monitoring(get_settings(), str(getattr(sender, "hostname", sender)).partition("@")[0])


@beat_init.connect
def _watch_beat(**_kwargs: Any) -> None:
    start_monitoring(get_settings(), "beat")
