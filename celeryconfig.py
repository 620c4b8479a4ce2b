"""Celery's settings, composed from ``config/``, with reasons for those that affect durability.

PostgreSQL has all steps, and messages only start them sooner. So the broker does not track
deliveries: if a message is lost with its worker, the dispatcher publishes the step again.
"""

from config.queues import QUEUES, route_task
from config.redis_tls import broker_tls
from config.settings import get_settings

_settings = get_settings()

broker_url = _settings.broker_url
broker_use_ssl = broker_tls(_settings)
# Celery's own consumer with a guard, so that invalid messages end no worker (see also
# worker/celery_guards/transport.py).
worker_consumer = "worker.celery_guards.consumer:GuardedConsumer"
broker_connection_retry_on_startup = True
broker_connection_max_retries = None
broker_transport_options = (
    {
        # Without time limits, a frozen Redis blocks its clients for ever.
        "socket_timeout": 2.0,
        "socket_connect_timeout": 1.0,
        "socket_keepalive": True,
        "health_check_interval": 10,
        "max_retries": 0,
        "interval_start": 0,
        "interval_step": 0,
        "interval_max": 0,
        # Kombu's emulation of acknowledgements costs most of the throughput and redelivers after a
        # timeout of its own.
        "ack_emulation": False,
    }
    if _settings.broker_url.startswith(("redis:", "rediss:"))
    else {
        # The same for RabbitMQ: of a host that vanished nobody ever says that it is gone.
        "read_timeout": 5,
        "write_timeout": 5,
        "max_retries": 0,
        "interval_start": 0,
        "interval_step": 0,
        "interval_max": 0,
    }
)
broker_pool_limit = 10
# A peer counts as gone after two of them (seconds).
broker_heartbeat = 5

# No results: the database has what a task did.
result_backend = None
task_ignore_result = True
task_publish_retry = False

# Messages have only ids, in JSON: no personal data in the broker or in Flower, and no pickled code.
accept_content = ["json"]
task_serializer = "json"
task_acks_late = False
worker_prefetch_multiplier = 1
# Only a hard limit: a soft limit raises anywhere in the code, and workers have hung after it.
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
imports = tuple(f"tasks.{queue}" for queue in QUEUES)

timezone = _settings.haja_timezone
enable_utc = True
beat_scheduler = "worker.beat:RowScheduler"  # without the broker and without a file
