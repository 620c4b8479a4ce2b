"""Many listeners at once."""

import asyncio
import json

from websockets.asyncio.client import ClientConnection, connect

from tests.live.conftest import House, token_of
from tests.servers.live_server import LiveServer

LISTENERS, AT_ONCE = 1000, 50


def test_a_thousand_hear_one_message(live: LiveServer, house: House) -> None:
    request, token = house.submit(), token_of(house.log_in())

    async def hear() -> list[str | bytes]:
        """One message by each."""
        pages = await _open_many(live.url, token)
        house.publish("new_request", request.id)
        messages = await asyncio.gather(*(page.recv() for page in pages))
        await asyncio.gather(*(page.close() for page in pages))
        return list(messages)

    messages = asyncio.run(hear())
    assert len(messages) == LISTENERS
    assert len(set(messages)) == 1
    assert json.loads(messages[0])["data"]["id"] == request.id


async def _open_many(url: str, token: str) -> list[ClientConnection]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def open_one() -> ClientConnection:
        async with gate:
            headers = {"Authorization": f"Bearer {token}"}
            return await connect(url, additional_headers=headers, open_timeout=120)

    return await asyncio.gather(*(open_one() for _ in range(LISTENERS)))
