"""Waiting on a condition, generously: a slow machine is no failure."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(
    look: Callable[[], T],
    what: str | Callable[[], str],
    *,
    seconds: float = 60.0,
    pause: float = 0.1,
) -> T:
    """The first true answer of ``look``.

    Raises:
        AssertionError: none within ``seconds``; says ``what`` was waited for, which may be asked
            for only then.
    """
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            said = what if isinstance(what, str) else what()
            raise AssertionError(f"not within {seconds:.0f} s: {said}")
        time.sleep(pause)
    return found
