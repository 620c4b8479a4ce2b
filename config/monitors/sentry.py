"""Reporting unexpected errors to Sentry: type and traceback, but no texts of people."""

import logging
from typing import TYPE_CHECKING, Any

import sentry_sdk
from sentry_sdk.integrations import Integration
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.threading import ThreadingIntegration

from config.settings import Settings

if TYPE_CHECKING:
    from sentry_sdk.types import Event

SHUTDOWN_SECONDS = 2  # how long a process that ends tries to send the remaining reports

# The fields of an event that are sent. Exceptions are reduced further below.
_ALLOWED = frozenset(
    [
        "event_id",
        "timestamp",
        "level",
        "platform",
        "release",
        "environment",
        "server_name",
        "sdk",
        "tags",
        "transaction",
        "exception",
        "threads",
        "type",
        "modules",
    ]
)


def start(settings: Settings, process: str) -> None:
    """Start the SDK.

    Raises:
        sentry_sdk.utils.BadDsn (a ValueError): the DSN is not valid.
    """
    # These would log each failed delivery and each try.
    logging.getLogger("sentry_sdk.errors").setLevel(logging.CRITICAL)
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    sentry_sdk.init(
        dsn=settings.sentry_dsn,
        environment=settings.haja_env,
        send_default_pii=False,
        max_request_body_size="never",
        include_local_variables=False,  # they contain texts of people
        max_breadcrumbs=0,
        auto_session_tracking=False,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            AtexitIntegration(callback=lambda _pending, _timeout: None),
            DedupeIntegration(),
            ExcepthookIntegration(),
            ThreadingIntegration(propagate_scope=False),
            _framework(process),
        ],
        before_send=clean,
        shutdown_timeout=SHUTDOWN_SECONDS,
    )
    sentry_sdk.get_global_scope().set_tag("process", process)


def _framework(process: str) -> Integration:
    if process == "web":
        from sentry_sdk.integrations.flask import FlaskIntegration

        return FlaskIntegration(transaction_style="url")  # the route, not the URL
    from sentry_sdk.integrations.celery import CeleryIntegration

    return CeleryIntegration(propagate_traces=False)


def report(error: BaseException, tags: dict[str, str]) -> None:
    with sentry_sdk.new_scope() as scope:
        for name, value in tags.items():
            scope.set_tag(name, value)
        sentry_sdk.capture_exception(error)


def clean(event: "Event", _hint: dict[str, Any]) -> "Event":
    """Remove everything from the event that is not known to be harmless.

    URLs contain requesters' tokens and references, and error messages quote input. The route and
    the call's id are enough to find both in Haja's own log.
    """
    sent: Any = {name: value for name, value in event.items() if name in _ALLOWED}
    method = (event.get("request") or {}).get("method")
    if method:
        sent["request"] = {"method": method}
    for one in (sent.get("exception") or {}).get("values") or []:
        one["value"] = ""
        (one.get("mechanism") or {}).pop("data", None)
        for frame in (one.get("stacktrace") or {}).get("frames") or []:
            frame.pop("vars", None)
    trace = (event.get("contexts") or {}).get("trace")
    if trace:
        sent["contexts"] = {
            "trace": {name: trace[name] for name in ("trace_id", "span_id") if name in trace}
        }
    cleaned: Event = sent
    return cleaned
