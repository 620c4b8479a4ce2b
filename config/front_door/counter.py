"""A lane's counter: calls line up before it, and its clerks serve those that wait together."""

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

from gunicorn.workers.gthread import TConn

from config.front_door.calls import FAILED, Answer, Call, Lane
from config.front_door.plain_http import PlainCall

LARGEST_GROUP = 64  # calls
# An outage that took longer (seconds) would keep the next ones as long; a connection that was cut
# says nothing about the next.
LONG = 1.0


@dataclass(slots=True)
class Waiting:
    """A call out of the socket of ``connection``: ``read`` in parts, and as it was ``sent``."""

    connection: TConn
    read: PlainCall
    sent: bytes
    call: Call


# Sends the answers of a group; None stands for a call that the application has to look at.
Reply = Callable[[Sequence[Waiting], Sequence[Answer | None]], None]


class Counter:
    """``lane``'s clerks are threads of their own: open /ws and slow calls may have all of
    gunicorn's."""

    def __init__(self, lane: Lane, reply: Reply, log: logging.Logger) -> None:
        self.lane = lane
        self._reply = reply
        self._log = log
        self._waiting: deque[Waiting] = deque()
        self._clerks = ThreadPoolExecutor(lane.clerks, thread_name_prefix="clerk")
        self._serving = 0
        self._lock = Lock()

    def takes(self, read: PlainCall, address: str) -> bool:
        read.environment["REMOTE_ADDR"] = address
        return self.lane.takes(read.environment)

    def line_up(self, waiting: Waiting) -> None:
        with self._lock:
            self._waiting.append(waiting)
            if self._serving == self.lane.clerks:
                return
            self._serving += 1
        self._clerks.submit(self._serve)

    def _serve(self) -> None:
        """A clerk: serves whoever waits, until nobody does."""
        while group := self._next_group():
            began = time.monotonic()
            answers, outage = self._ask([one.call for one in group])
            self._give(group, answers)
            if outage is not None and time.monotonic() - began > LONG:
                self._send_away(outage)

    def _next_group(self) -> list[Waiting]:
        with self._lock:
            group = [self._waiting.popleft() for _ in range(min(LARGEST_GROUP, len(self._waiting)))]
            self._serving -= not group
        return group

    def _ask(self, calls: Sequence[Call]) -> tuple[Sequence[Answer | None], Exception | None]:
        """What the lane says; its own trouble must not end the clerk, and nothing is tried twice."""
        try:
            return self.lane.answer(calls)
        except Exception as error:  # noqa: BLE001 - whatever it is, the application tells it
            self._log.exception("Error in the lane")
            for call in calls:
                call.environment.setdefault(FAILED, error)
            return [None] * len(calls), None

    def _give(self, group: Sequence[Waiting], answers: Sequence[Answer | None]) -> None:
        """What goes wrong here must not end the clerk."""
        try:
            self._reply(group, answers)
        except Exception:  # noqa: BLE001 - a clerk that ends would leave all others waiting
            self._log.exception("Error in the front door")

    def _send_away(self, outage: Exception) -> None:
        """What kept a group so long would keep those who wait as long again."""
        with self._lock:
            group, self._waiting = self._waiting, deque()
        for one in group:
            one.call.environment.setdefault(FAILED, outage)
        self._give(group, [None] * len(group))
