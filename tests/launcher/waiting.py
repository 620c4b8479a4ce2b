"""Waiting on a condition, generously: a slow machine is no failure."""

import time
from collections.abc import Callable

PATIENCE = 40.0


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Return once ``condition()`` is true.

    Raises:
        AssertionError: it was not within 40 seconds; names ``what``.
    """
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} s: {what}"
        time.sleep(0.05)
