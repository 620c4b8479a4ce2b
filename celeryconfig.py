"""Celery's settings, composed from ``config/``. Each durability line has its reason beside it.

The ledger in PostgreSQL is the truth and messages are only the fast road, so the broker keeps no
account of deliveries: a message dies with its worker, and the dispatcher finds the step.
"""

from celery.schedules import crontab

from config.queues import QUEUES, route_task
from config.schedule import SCHEDULE, TICK_SECONDS
from config.settings import get_settings

_settings = get_settings()

broker_url = _settings.broker_url
# Celery's own, behind a guard: garbage in a queue ends no worker (see also worker/celery_guards/transport.py).
worker_consumer = "worker.celery_guards.consumer:GuardedConsumer"
broker_connection_retry_on_startup = True
broker_connection_max_retries = None
broker_transport_options = (
    {
        # Without these a frozen Redis blocks its client for ever.
        "socket_timeout": 2.0,
        "socket_connect_timeout": 1.0,
        "socket_keepalive": True,
        "health_check_interval": 10,
        "max_retries": 0,
        "interval_start": 0,
        "interval_step": 0,
        "interval_max": 0,
        # No shadow account of unacknowledged messages: it costs most of the throughput and
        # redelivers by a clock of its own.
        "ack_emulation": False,
    }
    if _settings.broker_url.startswith(("redis", "rediss", "unix"))
    else {"max_retries": 0, "interval_start": 0, "interval_step": 0, "interval_max": 0}
)
broker_pool_limit = 10
broker_heartbeat = 10

# No results anywhere: what a task did stands in the database.
result_backend = None
task_ignore_result = True
task_publish_retry = False

# Only ids in JSON: nothing personal in the broker or in Flower, and nothing that runs code.
accept_content = ["json"]
task_serializer = "json"
task_acks_late = False
worker_prefetch_multiplier = 1
# A soft limit raises in the middle of anything, and was seen to hang workers; only hard ones.
task_time_limit = 300
worker_soft_shutdown_timeout = 20.0
worker_cancel_long_running_tasks_on_connection_loss = False
worker_hijack_root_logger = False
worker_send_task_events = True
task_send_sent_event = True
event_queue_expires = 60.0
event_queue_ttl = 5.0

task_default_queue = "stats"
task_routes = [route_task]
imports = tuple(f"tasks.{queue}" for queue in (*QUEUES, "schedule"))

timezone = _settings.haja_timezone
enable_utc = True
beat_schedule = {
    "heartbeat-and-catch-up": {
        "task": "schedule.record_tick",
        "schedule": TICK_SECONDS,
        "options": {"expires": TICK_SECONDS},
    },
    **{
        kind: {
            "task": "schedule.record_due",
            "schedule": crontab(
                minute=str(entry.at.minute),
                hour=str(entry.at.hour),
                day_of_week="*" if entry.weekday is None else str((entry.weekday + 1) % 7),
            ),
            "args": (kind,),
            "options": {"expires": 600},
        }
        for kind, entry in SCHEDULE.items()
    },
}
beat_max_loop_interval = 5
beat_schedule_filename = str(_settings.haja_data_dir / "celerybeat-schedule")
