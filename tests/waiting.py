"""Waiting on a condition, generously: a slow machine is no failure."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(look: Callable[[], T], what: str, *, seconds: float = 60.0, pause: float = 0.1) -> T:
    """The first true answer of ``look``.

    Raises:
        AssertionError: none within ``seconds``; says ``what`` was waited for.
    """
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(pause)
    return found
