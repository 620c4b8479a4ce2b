"""Chat completions at any server that speaks the OpenAI protocol.

The official client says where the server is and as whom to call. The calls themselves go straight
over its own asynchronous backend, aiohttp: building the client's request, answer and their models
costs several times as much as the exchange, and what comes back is checked against our own model
anyway. One thread serves hundreds of calls, where a thread for each would wait for the interpreter.
"""

import json
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import orjson

from config.settings import Settings
from models.ports import TransientError
from worker.malloc import trim_memory

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession


# An answer has a few hundred bytes; a model that thinks aloud sends some thousand.
LONGEST = 1_000_000


class Refused(Exception):
    """The server answered with a status that is no success."""

    def __init__(self, status: int, retry_after: float | None = None) -> None:
        super().__init__(f"the AI answered {status}")
        self.status = status
        self.retry_after = retry_after


class Chat:
    """One server, for the calls of one event loop at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._address = ""
        self._opened: ClientSession | None = None

    async def complete(self, body: dict[str, Any]) -> dict[str, Any]:
        """The completion that the server makes of ``body``, tried once.

        Raises:
            TransientError: no connection, or no answer in time.
            Refused: an error's status.
            ValueError: the answer is no JSON, or has no end.
        """
        import aiohttp

        session = self._session()
        try:
            async with session.post(self._address, data=orjson.dumps(body)) as answer:
                if not 200 <= answer.status <= 299:
                    raise Refused(answer.status, _seconds(answer.headers.get("Retry-After")))
                content = await _read(answer)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TransientError("no answer from the AI") from error
        return cast(
            "dict[str, Any]", json.loads(content)
        )  # orjson takes no NaN, some servers say it

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        session, self._opened = self._opened, None
        if session is not None:
            await session.close()

    def _session(self) -> "ClientSession":
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def _open(self) -> "ClientSession":
        # Importing these costs a second and 25 MB, so only a worker that calls the AI does it.
        from aiohttp import ClientSession, ClientTimeout, TCPConnector
        from openai import AsyncOpenAI

        settings = self._settings
        client = AsyncOpenAI(
            api_key=settings.openai_api_key or "none",  # local servers want no key, the client one
            base_url=settings.openai_base_url or None,
        )
        trim_memory()
        base = urlsplit(str(client.base_url))
        # Not put together by text: an address may have no path, or a query such as Azure's version.
        path = f"{base.path.rstrip('/')}/chat/completions"
        self._address = base._replace(path=path).geturl()
        told = {**client.default_headers, **client.auth_headers}
        if "api-version" in base.query:
            told["api-key"] = settings.openai_api_key  # as Azure wants it
        return ClientSession(
            # As many as there are callers; kept for less than servers usually keep theirs (5 s).
            connector=TCPConnector(limit=0, keepalive_timeout=4),
            timeout=ClientTimeout(total=settings.openai_timeout),
            headers={name: value for name, value in told.items() if isinstance(value, str)},
            # As the official client has it. The session would look it up anew for each call.
            proxy=_proxy_to(client.base_url.scheme, client.base_url.host),
        )


def _seconds(retry_after: str | None) -> float | None:
    """Of the header's two forms (RFC 9110, section 10.2.3) the number; None without one."""
    return float(retry_after) if retry_after and retry_after.isdecimal() else None


async def _read(answer: "ClientResponse") -> bytes:
    content = bytearray()
    async for piece in answer.content.iter_any():
        content += piece
        if len(content) > LONGEST:
            raise ValueError("the AI's answer has no end")
    return bytes(content)


def _proxy_to(scheme: str, host: str) -> str | None:
    """The proxy that the environment names for this server."""
    proxies = getproxies()
    proxy = None if proxy_bypass(host) else proxies.get(scheme) or proxies.get("all")
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy
