"""Error reports, agents and traces, each where its setting asks for it and nowhere else.

Nothing here may break or slow a call or a task: what cannot start is named in the log and left out,
and what has started sends from threads of its own, with queues that drop rather than wait.
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
    """Start what is configured, once for each process; forked children go on by themselves.

    ``process`` names it to the outside (web, triage, dispatcher, ...); ``app`` is the web's
    application before its first call. A library whose setting is empty is not even imported.
    """
    for name, value in (
        ("new_relic", settings.new_relic_license_key),  # first: it watches later imports
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
    """Tell whoever listens of an error that nobody expected. Never raises, never waits.

    ``tags`` are short and not personal: the id of the call, the task's name. What the error says
    (``str(error)``) may quote people and stays here; its type and its way through the code go.
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
