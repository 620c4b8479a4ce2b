"""Chat completions over HTTP, with what triage needs of them and nothing else.

The official client costs 58 MB and, for each call, ten times the CPU of the exchange itself; with
hundreds of calls under way in one process that is where all its time would go.
"""

import json
from threading import Lock
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from config.settings import Settings
from models.ports import TransientError

if TYPE_CHECKING:
    from urllib3 import PoolManager

OPENAI = "https://api.openai.com/v1"
REDIRECTS = 3


class Refused(Exception):
    """The server answered with a status that is no success."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the AI answered {status}")
        self.status = status


class Chat:
    """One server; serves any number of threads, each on a connection of the same pool."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._pool: PoolManager | None = None
        self._address = (settings.openai_base_url or OPENAI).rstrip("/") + "/chat/completions"
        self._headers = {
            "Authorization": f"Bearer {settings.openai_api_key or 'none'}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": "haja",
        }

    def complete(self, body: dict[str, Any]) -> dict[str, Any]:
        """The completion that the server makes of ``body``, tried once.

        Raises:
            TransientError: no connection, or no answer in time.
            Refused: an error's status.
            ValueError: the answer is no JSON.
        """
        from urllib3.exceptions import HTTPError

        try:
            answer = self._connected().request(
                "POST", self._address, body=json.dumps(body).encode(), headers=self._headers
            )
        except HTTPError as error:
            raise TransientError("no answer from the AI") from error
        if not 200 <= answer.status < 300:
            raise Refused(answer.status)
        return cast("dict[str, Any]", json.loads(answer.data))

    def close(self) -> None:
        """Give the connections back; the next use opens new ones."""
        with self._lock:
            if self._pool is not None:
                self._pool.clear()
                self._pool = None

    def _connected(self) -> "PoolManager":
        with self._lock:
            if self._pool is None:
                self._pool = _new_pool(self._settings, self._address)
            return self._pool


def _new_pool(settings: Settings, address: str) -> "PoolManager":
    # Imported here: only a worker that asks pays for it.
    from urllib3 import PoolManager, ProxyManager, Retry, Timeout

    options: dict[str, Any] = {
        "maxsize": settings.ai_concurrency,
        "timeout": Timeout(connect=settings.openai_timeout, read=settings.openai_timeout),
        # The ledger owns retries.
        "retries": Retry(total=None, connect=0, read=0, status=0, other=0, redirect=REDIRECTS),
    }
    if address.startswith("https:"):
        options["ssl_context"] = _trusting()
    if proxy := _proxy_for(address):
        return ProxyManager(proxy, **options)
    return PoolManager(**options)


def _trusting() -> Any:
    """Whom the world trusts, and whom this machine does (a house's own authority)."""
    import ssl

    import certifi

    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    return context


def _proxy_for(address: str) -> str | None:
    """The proxy that the environment names for ``address``, in the usual variables."""
    parts = urlsplit(address)
    if proxy_bypass(parts.hostname or ""):
        return None
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
