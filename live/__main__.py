"""``python -m live``: the process that holds the sockets of open pages."""

import asyncio
import resource
from contextlib import suppress

from config.db_timeouts import limit_database_waits
from config.logging import configure_logging
from config.monitoring import start_monitoring
from config.settings import start_settings
from live.server import run


def main() -> None:
    settings = start_settings()
    configure_logging(settings)
    start_monitoring(settings, "live")
    limit_database_waits()
    _raise_open_files()
    asyncio.run(run(settings))


def _raise_open_files() -> None:
    """Each socket is an open file, and the usual limit (1024) is for programs with few."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # what some systems call unlimited, they do not allow
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    main()
