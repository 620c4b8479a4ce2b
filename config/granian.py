"""``python -m config.granian``: the web processes, served by Granian.

SIGHUP exchanges them, one by one, without a refused call; SIGTERM ends them when they have answered.
"""

import gc
import sys
from importlib import import_module

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from config.logging import configure_logging
from config.settings import start_settings

# What the code stands on is read once, here, and shared by all processes: none of it opens anything
# or starts a thread. New versions of these want a restart.
LIBRARIES = (
    "argon2",
    "babel.dates",
    "flask",
    "flask_jwt_extended",
    "flask_sqlalchemy",
    "limits.storage.redis",
    "limits.strategies",
    "orjson",
    "prometheus_client",
    "psycopg2",
    "pydantic_settings",
    "redis",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.orm",
    "structlog",
)
APPLICATION = "web.wsgi:application"

# Seconds. A head has to be there in this time; longer than the gateway keeps a connection idle, so
# that it is never the gateway whose next call meets a closed one.
HEADER_TIMEOUT = 30
RESPAWN_AFTER = 2.0
# Less than the launcher's, or a platform's, patience of 30 seconds.
STOP_TIMEOUT = 20
MAX_HEAD_BYTES = 65536


def main(application: str = APPLICATION) -> None:
    """Serve until told to stop.

    Raises:
        SystemExit: the settings are wrong, as the message says.
    """
    settings = start_settings()
    configure_logging(settings)
    server = Granian(
        application,
        address=settings.bind,
        port=settings.web_port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=settings.web_concurrency,
        blocking_threads=settings.web_threads,
        # Silent connections are closed in HTTP/1.1 alone; nobody behind a gateway needs another.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADER_TIMEOUT * 1000, max_buffer_size=MAX_HEAD_BYTES
        ),
        respawn_failed_workers=True,
        respawn_interval=RESPAWN_AFTER,
        workers_kill_timeout=STOP_TIMEOUT,
        log_level=LogLevels.warning,
        # What Granian says goes where everything goes.
        log_dictconfig={"loggers": {"_granian": {"handlers": [], "propagate": True}}},
    )
    _load_libraries()
    _forget_own_modules()
    server.serve()


def _load_libraries() -> None:
    """Frozen, what is shared stays shared: the collector would write to every object."""
    for name in LIBRARIES:
        import_module(name)
    gc.collect()
    gc.freeze()


def _forget_own_modules() -> None:
    """Each process reads Haja's own code itself, so that an exchange brings in new code."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "config"]:
        del sys.modules[name]


if __name__ == "__main__":
    main(*sys.argv[1:])
