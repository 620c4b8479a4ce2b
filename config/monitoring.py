"""Starting the monitoring (Sentry, New Relic, OpenTelemetry), each only if its setting is set.

None of it may break or slow a call or a task: a monitor that cannot start is logged and left out,
and the others send from their own threads, with queues that drop entries when they are full.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import structlog

from config.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

log = structlog.get_logger()

_started: set[str] = set()


def start_monitoring(settings: Settings, process: str, app: "Flask | None" = None) -> None:
    """Start the configured monitors, once per process. They also work in forked children.

    ``process`` is the name in the reports (web, triage, dispatcher, ...); ``app`` is the Flask
    application, before its first call. A library whose setting is empty is not imported.
    """
    for name, value in (
        ("new_relic", settings.new_relic_license_key),  # first, because it hooks into later imports
        ("sentry", settings.sentry_dsn),
        ("traces", settings.otel_exporter_otlp_endpoint),
    ):
        if value and name not in _started:
            _start(name, settings, process)
        if app is not None and name == "traces" and name in _started:
            _load(name).watch_app(app)


def _start(name: str, settings: Settings, process: str) -> None:
    try:
        _load(name).start(settings, process)
        _started.add(name)
    except Exception as error:  # noqa: BLE001 - a wrong address must not keep Haja from starting
        log.warning("monitoring_not_started", monitor=name, error=type(error).__name__)


def report_error(error: BaseException, **tags: str | None) -> None:
    """Report an unexpected error to the monitors that run. Never raises, never waits.

    ``tags`` are short and not personal: the id of the call, the task's name. The error's type and
    traceback are sent; its message (``str(error)``) is not, because it may quote people.
    """
    for name in ("sentry", "new_relic"):
        if name not in _started:
            continue
        try:
            _load(name).report(error, {key: value for key, value in tags.items() if value})
        except Exception as failure:  # noqa: BLE001 - as above
            log.warning("error_not_reported", monitor=name, error=type(failure).__name__)


def _load(name: str) -> Any:
    return import_module(f"config.monitors.{name}")
