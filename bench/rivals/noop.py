"""A task of taskiq that does nothing: ``python -m bench.rivals.noop COUNT`` fills its queue."""

import asyncio
import os
import sys

from taskiq_redis import ListQueueBroker

broker = ListQueueBroker(url=os.environ["REDIS_URL"], queue_name="taskiq-noop")


@broker.task(task_name="nothing")
async def nothing(number: int) -> None:
    pass


async def fill(count: int) -> None:
    await broker.startup()
    for number in range(count):
        await nothing.kiq(number)
    await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(fill(int(sys.argv[1])))
