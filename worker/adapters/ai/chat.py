"""Chat completions by the official client, with what triage needs of them and nothing else.

Its raw answers: building its models of request and answer costs as much again as the exchange,
and what comes back is checked against our own model anyway.
"""

import json
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from config.settings import Settings
from models.ports import TransientError

if TYPE_CHECKING:
    from openai import OpenAI


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
        self._opened: OpenAI | None = None

    def complete(self, body: dict[str, Any]) -> dict[str, Any]:
        """The completion that the server makes of ``body``, tried once.

        Raises:
            TransientError: no connection, or no answer in time.
            Refused: an error's status.
            ValueError: the answer is no JSON.
        """
        import openai

        try:
            answer = self._client.chat.completions.with_raw_response.create(**body)
        except openai.APIConnectionError as error:  # time-outs are a kind of it
            raise TransientError("no answer from the AI") from error
        except openai.APIStatusError as error:
            raise Refused(error.status_code) from error
        except openai.OpenAIError as error:
            raise ValueError(type(error).__name__) from error
        return cast("dict[str, Any]", json.loads(answer.content))

    def close(self) -> None:
        """Give the connections back; the next use opens new ones."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    @property
    def _client(self) -> "OpenAI":
        with self._lock:
            if self._opened is None:
                self._opened = _new_client(self._settings)
            return self._opened


def _new_client(settings: Settings) -> "OpenAI":
    # Importing the library costs a second and 58 MB: only a worker that asks pays it.
    from openai import OpenAI

    return OpenAI(
        api_key=settings.openai_api_key or "none",  # local servers want no key, the client one
        base_url=settings.openai_base_url or None,
        timeout=settings.openai_timeout,
        max_retries=0,  # the ledger owns retries
    )
