"""What the server loads in each of its processes: ``granian --factory web.wsgi:application``."""

import gc
from typing import TYPE_CHECKING

import structlog

from config.db_timeouts import limit_database_waits
from config.settings import get_settings
from web import create_app
from web.request_body import BodyGuard

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

log = structlog.get_logger()


def application() -> "WSGIApplication":
    """The web application, ready to serve.

    Raises:
        SettingsError: the environment lacks something; nothing was started.
    """
    limit_database_waits()
    app = create_app()
    # What was read by now stays for the process's life: the collector need not look at it again.
    gc.collect()
    gc.freeze()
    log.info("web_process_ready")
    return BodyGuard(app, get_settings().web_threads)
