"""Trying the outside now and then, so that ``/readyz`` knows before a requester does."""

import logging
import threading
from collections.abc import Callable

from models import wiring
from models.database import transaction
from models.ports import PermanentError, TransientError
from models.services import heartbeats

log = logging.getLogger(__name__)

EVERY = 15.0  # seconds

# Which queue's worker knows which part of the outside.
_CHECKS: dict[str, tuple[str, Callable[[], None]]] = {
    "mail": ("mail", lambda: wiring.mail_sender().check()),
    "photos": ("storage", lambda: wiring.photo_storage().check()),
}


def start_health_checks(queues: list[str], stopped: threading.Event, *, name: str) -> None:
    """One thread for each part of the outside that these queues' tasks talk to."""
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
    except Exception as error:  # noqa: BLE001 - the next turn tries again
        log.warning("heartbeat_failed: %s", type(error).__name__)
