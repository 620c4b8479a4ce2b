"""Whether this process is shutting down."""

from typing import Any

from celery.signals import worker_shutting_down

_shutting_down = False


def is_shutting_down() -> bool:
    """If true, tasks should finish what they have begun and begin nothing more."""
    return _shutting_down


@worker_shutting_down.connect
def _note_shutdown(**_kwargs: Any) -> None:
    """Runs in a signal handler, which may interrupt anything, so it takes no lock."""
    global _shutting_down  # noqa: PLW0603 - set once per process
    _shutting_down = True
