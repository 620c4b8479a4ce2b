"""A server that speaks the chat completions protocol and thinks for a while about each call.

``python -m bench.rivals.slow_ai PORT SECONDS``. Costs next to nothing per call and holds any number
of them, so that only who calls it is measured.
"""

import asyncio
import json
import re
import sys

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_VERDICT = json.dumps({"category": "plumbing", "priority": "high", "confidence": 0.93})
_BODY = json.dumps(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": "slow",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": _VERDICT},
            }
        ],
        "usage": {"prompt_tokens": 60, "completion_tokens": 20, "total_tokens": 80},
    }
).encode()
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(_BODY),
    _BODY,
)


class Thinker(asyncio.Protocol):
    """One connection; a call is answered ``delay`` seconds after its last byte came."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, whole, body = self._buffer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if whole and len(body) >= (int(length.group(1)) if length else 0):
            self._buffer = b""
            asyncio.get_running_loop().call_later(self._delay, self._answer)

    def _answer(self) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.write(_ANSWER)


async def serve(port: int, delay: float) -> None:
    """Until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Thinker(delay), "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
