"""gunicorn's settings: ``gunicorn --config config/gunicorn.py``. See ``gunicorn --help`` for each."""

import os
from typing import Any

from config.settings import get_settings
from config.silence import limit_silence

bind = f"0.0.0.0:{get_settings().port}"

# Threads: a request waits for PostgreSQL most of its time, and each open /ws holds one.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = int(os.environ.get("WEB_THREADS") or 48)

timeout = 60
graceful_timeout = 20  # less than the launcher's, or a platform's, patience of 30 s
keepalive = 5
max_requests = 0

# Each worker makes its own database engine; connections must not cross a fork.
preload_app = False
# Two copies on one machine would share one control socket below the home folder.
control_socket_disable = True
# The application logs each request itself, without query strings and personal data.
accesslog = None
errorlog = "-"
# The heartbeat file: on a disk it can stall a worker until it looks dead.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108


def post_fork(_server: object, _worker: object) -> None:
    """A frozen database costs each request seconds, not a thread for ever."""
    limit_silence()


def post_worker_init(worker: Any) -> None:
    """From here on it takes requests: who replaces workers one by one waits for this line."""
    worker.log.info("web_worker_ready")
