"""A server that speaks the OpenAI protocol and takes its time: ``python slow_ai.py PORT DELAY_MS``.

``GET /`` tells how many calls it has answered and how many it holds.
"""

import asyncio
import json
import sys

CONTENT = {
    "category": "plumbing",
    "priority": "medium",
    "confidence": 0.9,
    "reason": "Water is named.",
    "language": "en",
}
MESSAGE = {"role": "assistant", "content": json.dumps(CONTENT), "refusal": None}
BODY = json.dumps(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "slow",
        "choices": [{"index": 0, "message": MESSAGE, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }
).encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
ANSWER = HEAD % len(BODY) + BODY

counts = {"answered": 0, "in_flight": 0, "most": 0}


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"GET"):
                told = json.dumps(counts).encode()
                writer.write(HEAD % len(told) + told)
                continue
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
            counts["in_flight"] += 1
            counts["most"] = max(counts["most"], counts["in_flight"])
            await asyncio.sleep(delay)
            counts["in_flight"] -= 1
            writer.write(ANSWER)
            counts["answered"] += 1
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main(port: int, delay: float) -> None:
    server = await asyncio.start_server(
        lambda reader, writer: serve(reader, writer, delay), "127.0.0.1", port, backlog=1000
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]) / 1000))
