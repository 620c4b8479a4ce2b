"""Huey: a task that does nothing. ``python huey_noop.py COUNT`` fills the queue."""

import os
import sys

from huey import RedisHuey

huey = RedisHuey("noop", url=os.environ["REDIS_URL"], results=False)
QUEUE = "huey.redis.noop"


@huey.task()
def nothing(number: int) -> None:
    pass


if __name__ == "__main__":
    from huey_noop import nothing as task  # by the name that the consumer knows

    for number in range(int(sys.argv[1])):
        task(number)
