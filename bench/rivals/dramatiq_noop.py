"""Dramatiq: a task that does nothing. ``python dramatiq_noop.py COUNT`` fills the queue."""

import os
import sys

import dramatiq
from dramatiq.brokers.redis import RedisBroker

dramatiq.set_broker(RedisBroker(url=os.environ["REDIS_URL"]))


@dramatiq.actor
def nothing(number: int) -> None:
    pass


if __name__ == "__main__":
    for number in range(int(sys.argv[1])):
        nothing.send(number)
