"""Waiting for a condition, with long limits, so that a slow machine is no failure."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(
    condition: Callable[[], T],
    what: str | Callable[[], str],
    *,
    seconds: float = 60.0,
    pause: float = 0.1,
) -> T:
    """The first true result of ``condition``, which is called every ``pause`` seconds.

    Raises:
        AssertionError: there was none within ``seconds``. Its message has ``what``; a function for
            it is only called then.
    """
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            description = what if isinstance(what, str) else what()
            raise AssertionError(f"not within {seconds:.0f} s: {description}")
        time.sleep(pause)
    return found
