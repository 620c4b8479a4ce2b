"""What passes between the worker and a lane of the application."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

# What the application finds in the environment of a call that was in a lane before: its place in
# the limit is taken, or what went wrong is known and must not be tried again.
COUNTED, FAILED = "haja.counted", "haja.failed"
# Under which name the application offers its lanes, a sequence.
LANES = "haja.lanes"


@dataclass(slots=True)
class Call:
    """A call that is there with its whole body. ``environment`` is WSGI's (PEP 3333), as far as
    the call itself says it; ``arrived`` is on the clock of ``time.perf_counter``."""

    environment: dict[str, Any]
    body: bytes
    arrived: float = field(default_factory=time.perf_counter)


@dataclass(frozen=True, slots=True)
class Answer:
    """``status`` with its reason, as WSGI has it; the headers name the body's length."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


class Lane(Protocol):
    """A short way through the application for some of its calls. ``clerks`` is how many threads of
    a process serve it."""

    clerks: int

    def takes(self, environment: dict[str, Any]) -> bool:
        """Whether a call may be worth a try, before anybody has read its body. Quick: the thread
        that waits for all sockets asks."""

    def answer(self, calls: Sequence[Call]) -> tuple[list[Answer | None], Exception | None]:
        """One answer for each call that the lane took, or None for one that is for the application;
        what it need not do once more stands in the call's environment then.

        The exception is an outage: whoever comes now would meet it too.
        """
