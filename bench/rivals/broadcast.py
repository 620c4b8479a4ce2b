"""The floor: sockets on a bare event loop, and one frame, made once, written to many of them.

``python -m bench.rivals.broadcast PORT LENGTH LISTENERS``; a connection that sends ``say`` makes it
say so to the first so many. Only as much of RFC 6455 as a listener needs.
"""

import asyncio
import resource
import sys
from typing import cast

PORT, LENGTH, LISTENERS = map(int, sys.argv[1:])
ACCEPTED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
FRAME = b"\x81\x7e" + LENGTH.to_bytes(2, "big") + b"x" * LENGTH

listeners: list[asyncio.WriteTransport] = []


class Listener(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"GET"):
            self.transport.write(ACCEPTED)
            listeners.append(self.transport)
        elif data == b"say":
            for listener in listeners[:LISTENERS]:
                listener.write(FRAME)


async def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Listener, "127.0.0.1", PORT, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
