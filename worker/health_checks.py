"""Regular checks of the mail server and the photo storage, for ``/readyz``."""

import threading
from collections.abc import Callable

import structlog

from models import wiring
from models.database import transaction
from models.ports import PermanentError, TransientError
from models.services import heartbeats

log = structlog.get_logger()

EVERY = 15.0  # seconds

# The external system that the workers of a queue use, by queue: its name and its check.
_CHECKS: dict[str, tuple[str, Callable[[], None]]] = {
    "mail": ("mail", lambda: wiring.mail_sender().check()),
    "photos": ("storage", lambda: wiring.photo_storage().check()),
}


def start_health_checks(queues: list[str], stopped: threading.Event, *, name: str) -> None:
    """Start one thread for each external system that these queues' tasks use."""
    for queue in set(queues) & set(_CHECKS):
        part, check = _CHECKS[queue]
        args = (part, check, stopped, name)
        threading.Thread(target=_probe, args=args, daemon=True).start()


def _probe(part: str, check: Callable[[], None], stopped: threading.Event, name: str) -> None:
    known = ""
    while not stopped.is_set():
        detail = _state_of(check)
        if (reason := detail.get("error", "")) != known:
            _log_change(part, reason)
            known = reason
        _record(part, name, detail)
        stopped.wait(EVERY)


def _log_change(part: str, reason: str) -> None:
    """Once, not at each check."""
    if reason:
        log.warning("health_check_failed", part=part, reason=reason)
    else:
        log.info("health_check_recovered", part=part)


def _state_of(check: Callable[[], None]) -> dict[str, str]:
    try:
        check()
    except (TransientError, PermanentError) as error:
        return {"state": "down", "error": str(error)[:200]}
    return {"state": "ok"}


def _record(part: str, name: str, detail: dict[str, str]) -> None:
    try:
        with transaction() as session:
            heartbeats.record_heartbeat(session, part, name, detail)
    except Exception as error:  # noqa: BLE001 - the next check tries again
        log.warning("heartbeat_failed", error=type(error).__name__)
