"""A server that speaks OpenAI's protocol and takes its time: ``python -m bench.rivals.slow_ai MS``,
on WEB_PORT. ``GET /`` tells how many calls it has answered, holds, and held at most.
"""

import asyncio
import json
import os
import sys

CONTENT = {
    "category": "plumbing",
    "priority": "medium",
    "confidence": 0.9,
    "reason": "Water is named.",
    "language": "en",
}
MESSAGE = {"role": "assistant", "content": json.dumps(CONTENT), "refusal": None}
COMPLETION = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "slow",
    "choices": [{"index": 0, "message": MESSAGE, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
counts = {"answered": 0, "held": 0, "most": 0}


def answer(content: object) -> bytes:
    body = json.dumps(content).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


ANSWER = answer(COMPLETION)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            if head.startswith(b"GET"):
                writer.write(answer(counts))
                continue
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
            counts["held"] += 1
            counts["most"] = max(counts["most"], counts["held"])
            await asyncio.sleep(int(sys.argv[1]) / 1000)
            counts["held"] -= 1
            counts["answered"] += 1
            writer.write(ANSWER)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    port = int(os.environ["WEB_PORT"])
    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=1000)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
