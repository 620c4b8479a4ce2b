"""The New Relic agent, with everything switched off that could send texts of people."""

from typing import Any

from newrelic import agent

from config.settings import Settings


def start(settings: Settings, process: str) -> None:
    """Start the agent. It connects in its own thread at the first transaction."""
    options: Any = agent.global_settings()
    options.license_key = settings.new_relic_license_key
    options.app_name = f"Haja ({process})"
    options.startup_timeout = 0.0
    options.shutdown_timeout = 2.0
    _send_nothing_personal(options)
    agent.initialize(log_file="stderr", log_level=_CRITICAL)


_CRITICAL = 50  # the agent retries an unreachable collector for ever, and would log each try


def _send_nothing_personal(options: Any) -> None:
    options.capture_params = False
    options.strip_exception_messages.enabled = True
    options.attributes.exclude = ["request.*", "response.headers.*", "job.*", "message.*"]
    options.transaction_tracer.record_sql = "obfuscated"
    options.transaction_tracer.explain_enabled = False
    options.slow_sql.enabled = False
    options.application_logging.forwarding.enabled = False
    options.ai_monitoring.enabled = False
    options.opentelemetry.enabled = False
    # It would insert scripts into pages, which their Content-Security-Policy refuses anyway.
    options.browser_monitoring.enabled = False
    options.browser_monitoring.auto_instrument = False


def report(error: BaseException, tags: dict[str, str]) -> None:
    agent.notice_error(error=(type(error), error, error.__traceback__), attributes=tags)
