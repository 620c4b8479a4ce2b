"""Regular checks of the mail server and the photo storage, for ``/readyz``."""

import logging
import threading
from collections.abc import Callable

from models import wiring
from models.database import transaction
from models.ports import PermanentError, TransientError
from models.services import heartbeats

log = logging.getLogger(__name__)

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
    while not stopped.is_set():
        _record(part, name, _state_of(check))
        stopped.wait(EVERY)


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
        log.warning("heartbeat_failed: %s", type(error).__name__)
