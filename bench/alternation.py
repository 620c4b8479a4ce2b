"""A B A B: things measured in turn, so that what the machine does meanwhile hits all alike."""

import sys
from collections.abc import Callable, Mapping
from typing import TypeVar

T = TypeVar("T")


def alternate(sides: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """What each side gave in each round; the order is turned around every second round."""
    found: dict[str, list[T]] = {name: [] for name in sides}
    for number in range(rounds):
        order = list(sides)[:: 1 if number % 2 == 0 else -1]
        for name in order:
            sys.stderr.write(f"\r\033[K  round {number + 1} of {rounds}: {name}")
            sys.stderr.flush()
            found[name].append(sides[name]())
    sys.stderr.write("\r\033[K")
    return found
