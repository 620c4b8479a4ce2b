"""SAQ: a task that does nothing. ``python saq_noop.py COUNT`` fills the queue."""

import asyncio
import os
import sys
from typing import Any

from saq import Queue

queue = Queue.from_url(os.environ["REDIS_URL"], name="noop")


async def nothing(_context: dict[str, Any], *, number: int) -> None:
    pass


settings = {"queue": queue, "functions": [nothing], "concurrency": 10}


async def fill(count: int) -> None:
    await queue.connect()
    for number in range(count):
        await queue.enqueue("nothing", number=number)
    await queue.disconnect()


if __name__ == "__main__":
    asyncio.run(fill(int(sys.argv[1])))
