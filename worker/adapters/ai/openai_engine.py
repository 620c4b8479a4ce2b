"""Triage by any server that speaks the OpenAI protocol."""

from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from config.settings import Settings
from models.folding import fold
from models.ports import PermanentError, TransientError, Triage, TriageText
from models.services.danger import find_danger
from worker.adapters.ai.language import language_of
from worker.adapters.ai.opinion import BadAnswer, Opinion, clamped, one_line, read_opinion
from worker.adapters.ai.prompt import PROMPT_VERSION, messages_for

if TYPE_CHECKING:
    from openai import OpenAI

MAX_TOKENS = 3_000  # room for a model that thinks first; the answer itself has under 150
# A body that is no chat completion (a proxy's page, a list) fails where it is first looked into.
_MISSHAPEN = (ValueError, AttributeError, TypeError, LookupError)
_ABOUT_THE_TEXT = frozenset({400, 413, 422})
# Servers differ in which status they refuse an unknown response_format with.
_REFUSED_SCHEMA = frozenset({400, 404, 415, 422, 501})


class OpenAIEngine:
    """A ``models.ports.TriageEngine`` over HTTP; one instance serves any number of threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._opened: OpenAI | None = None
        self._strict = True  # until the server refuses a strict schema

    @property
    def model(self) -> str:
        return self._settings.openai_model

    def triage(self, texts: Sequence[TriageText]) -> list[Triage]:
        """Categorise each text with one call.

        Raises:
            TransientError: no connection, out of time, over quota, or the server failed.
            PermanentError: the key, the address or the model is refused.
            BadAnswer: (permanent) refusal, cut or empty answer, or one outside the lists.
        """
        return [self._triage(text) for text in texts]

    def close(self) -> None:
        """Give the connections back; the next use opens new ones."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def _triage(self, text: TriageText) -> Triage:
        folded = fold(text.description)
        language = language_of(folded, text.language)
        opinion = self._ask(messages_for(text, language))
        # What the text tells the AI to say can raise, never lower, what the local rules found.
        priority = "urgent" if find_danger(folded) else opinion.priority
        return Triage(
            category=opinion.category,
            priority=priority,
            confidence=clamped(opinion.confidence),
            reason=one_line(opinion.reason),
            language=language,
            model=self.model,
            prompt_version=PROMPT_VERSION,
        )

    def _ask(self, messages: list[dict[str, str]]) -> Opinion:
        """One opinion, by strict schema where the server knows it, else as plain JSON."""
        import openai

        try:
            return self._ask_as_the_server_can(messages)
        except openai.APIConnectionError as error:  # time-outs are a kind of it
            raise TransientError("no answer from the AI") from error
        except (openai.RateLimitError, openai.InternalServerError) as error:
            raise TransientError(f"the AI answered {error.status_code}") from error
        except openai.APIStatusError as error:
            raise _refusal(error.status_code) from error
        except (openai.OpenAIError, ValidationError, *_MISSHAPEN) as error:
            raise BadAnswer(type(error).__name__) from error

    def _ask_as_the_server_can(self, messages: list[dict[str, str]]) -> Opinion:
        import openai

        if not self._strict:
            return self._ask_plainly(messages)
        try:
            return self._ask_strictly(messages)
        except openai.APIStatusError as error:
            if error.status_code not in _REFUSED_SCHEMA:
                raise
            opinion = self._ask_plainly(messages)
            self._strict = False  # the plain call passed, so the schema was what it refused
            return opinion

    def _ask_strictly(self, messages: Any) -> Opinion:
        completion = self._client.chat.completions.parse(
            model=self.model,
            messages=messages,
            response_format=Opinion,
            max_completion_tokens=MAX_TOKENS,
        )
        parsed = completion.choices[0].message.parsed if completion.choices else None
        if parsed is None:
            raise BadAnswer("refused or empty")
        return parsed

    def _ask_plainly(self, messages: Any) -> Opinion:
        completion = self._client.chat.completions.create(
            model=self.model, messages=messages, max_tokens=MAX_TOKENS
        )
        if not completion.choices or completion.choices[0].finish_reason == "length":
            raise BadAnswer("cut or empty")
        return read_opinion(completion.choices[0].message.content)

    @property
    def _client(self) -> "OpenAI":
        with self._lock:
            if self._opened is None:
                self._opened = _new_client(self._settings)
            return self._opened


def _refusal(status: int) -> Exception:
    """Refused for this text alone, or for every text (key, address, model)."""
    if status in _ABOUT_THE_TEXT:
        return BadAnswer(f"the AI answered {status}")
    return PermanentError(f"the AI answered {status}")


def _new_client(settings: Settings) -> "OpenAI":
    # Importing the library costs a second and 58 MB: only a worker that asks pays it.
    from openai import OpenAI

    return OpenAI(
        api_key=settings.openai_api_key or "none",  # local servers want no key, the client one
        base_url=settings.openai_base_url or None,
        timeout=settings.openai_timeout,
        max_retries=0,  # the ledger owns retries
    )
