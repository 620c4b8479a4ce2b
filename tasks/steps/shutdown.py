"""Whether this process has been told to end."""

from typing import Any

from celery.signals import worker_shutting_down

_told = False


def is_shutting_down() -> bool:
    """What is in hand is to be finished then, and nothing more begun."""
    return _told


@worker_shutting_down.connect
def _close(**_kwargs: Any) -> None:
    """A signal handler: it may interrupt anything, so it takes no lock."""
    global _told  # noqa: PLW0603 - a process is told once
    _told = True
