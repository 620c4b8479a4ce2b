"""gunicorn's settings: ``gunicorn --config config/gunicorn.py``. See ``gunicorn --help`` for each."""

import gc
import os
import sys
from importlib import import_module
from typing import Any

from config.settings import get_settings

bind = f"0.0.0.0:{get_settings().port}"

# Threads: a request waits for PostgreSQL most of its time, and a slow caller's body holds one.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = int(os.environ.get("WEB_THREADS") or 48)

timeout = 60
graceful_timeout = 20  # less than the launcher's, or a platform's, patience of 30 s
keepalive = 5
max_requests = 0

# Each worker reads Haja's own code, so that an exchange of workers brings in new code, and makes
# its own database engine: connections must not cross a fork.
preload_app = False
# What the code stands on is read once, by the master, and shared: none of it opens anything or
# starts a thread. New versions of these want a new master.
LIBRARIES = (
    "argon2",
    "babel.dates",
    "flask",
    "flask_jwt_extended",
    "flask_limiter",
    "flask_sqlalchemy",
    "orjson",
    "prometheus_client",
    "psycopg2",
    "redis",
    "sqlalchemy.dialects.postgresql",
    "structlog",
)
# Two copies on one machine would share one control socket below the home folder.
control_socket_disable = True
# The application logs each request itself, without query strings and personal data.
accesslog = None
errorlog = "-"
# The heartbeat file: on a disk it can stall a worker until it looks dead.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108


def on_starting(_server: object) -> None:
    """Frozen, what is shared stays shared: the collector would write to every object."""
    for name in LIBRARIES:
        import_module(name)
    gc.collect()
    gc.freeze()


def post_fork(_server: object, _worker: object) -> None:
    """The worker's own settings, from the files as they are now and not as the master knew them.

    And a frozen database costs each request seconds, not a thread for ever.
    """
    for name in [name for name in sys.modules if name.partition(".")[0] == "config"]:
        del sys.modules[name]
    import_module("config.db_timeouts").limit_database_waits()


def post_worker_init(worker: Any) -> None:
    """From here on it takes requests: who replaces workers one by one waits for this line.

    What was read by now stays for the worker's life: the collector need not look at it again.
    """
    gc.collect()
    gc.freeze()
    worker.log.info("web_worker_ready")
