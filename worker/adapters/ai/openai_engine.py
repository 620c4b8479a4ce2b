"""Triage by any server that speaks the OpenAI protocol."""

import asyncio
from collections.abc import Sequence
from typing import Any

from config.settings import Settings
from models.danger.rules import find_danger
from models.folding import fold
from models.ports import CallingEngine, PermanentError, TransientError, Triage, TriageText
from worker.adapters.ai.chat import Chat, Refused
from worker.adapters.ai.language import language_of
from worker.adapters.ai.prompt import PROMPT_VERSION, messages_for
from worker.adapters.ai.reply import (
    RESPONSE_FORMAT,
    AIReply,
    BadAnswer,
    clamped,
    one_line,
    read_reply,
)

MAX_TOKENS = 3_000  # room for a model that thinks first; the answer itself has under 150
# A body that is no chat completion (a proxy's page, a list) fails where it is first looked into.
_MISSHAPEN = (ValueError, AttributeError, TypeError, LookupError, RecursionError)
_ABOUT_THE_TEXT = frozenset({400, 413, 422})
# Servers differ in which status they refuse an unknown response_format with.
_REFUSED_SCHEMA = frozenset({400, 404, 415, 422, 501})
_TOO_MANY, _SERVER_FAILED = 429, 500
_UNFINISHED = frozenset({"length", "content_filter"})


class OpenAIEngine:
    """A ``models.ports.CallingEngine`` over HTTP; one instance serves any number of calls."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._chat = Chat(settings)
        self._strict = True  # until the server refuses a strict schema

    @property
    def model(self) -> str:
        return self._settings.openai_model

    @property
    def prompt_version(self) -> str:
        return PROMPT_VERSION

    def triage(self, texts: Sequence[TriageText]) -> list[Triage]:
        """Categorise each text with one call, one after the other; raises what :meth:`ask` does.

        For where no event loop runs.
        """
        return asyncio.run(one_by_one(self, texts))

    async def ask(self, text: TriageText) -> Triage:
        """Categorise a text with one call.

        Raises:
            TransientError: no connection, out of time, over quota, or the server failed.
            PermanentError: the key, the address or the model is refused.
            BadAnswer: (permanent) refusal, cut or empty answer, or one outside the lists.
        """
        folded = fold(text.description)
        language = language_of(folded, text.language)
        reply = await self._ask(messages_for(text, language))
        # Instructions in the text cannot lower the priority of a danger that the local rules found.
        priority = "urgent" if find_danger(folded) else reply.priority
        return Triage(
            category=reply.category,
            priority=priority,
            confidence=clamped(reply.confidence),
            reason=one_line(reply.reason),
            language=language,
            model=self.model,
            prompt_version=PROMPT_VERSION,
        )

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        await self._chat.close()

    async def _ask(self, messages: list[dict[str, str]]) -> AIReply:
        """One reply, by strict schema where the server knows it, else as plain JSON."""
        try:
            return await self._ask_as_the_server_can(messages)
        except Refused as error:
            raise _sorted(error) from error
        except _MISSHAPEN as error:
            raise BadAnswer(f"the answer is no chat completion ({type(error).__name__})") from error

    async def _ask_as_the_server_can(self, messages: list[dict[str, str]]) -> AIReply:
        if not self._strict:
            return await self._ask_plainly(messages)
        try:
            return await self._ask_strictly(messages)
        except Refused as error:
            if error.status not in _REFUSED_SCHEMA:
                raise
            reply = await self._ask_plainly(messages)
            self._strict = False  # the plain call passed, so the schema was what it refused
            return reply

    async def _ask_strictly(self, messages: list[dict[str, str]]) -> AIReply:
        choice = await self._first_choice(
            {
                "model": self.model,
                "messages": messages,
                "response_format": RESPONSE_FORMAT,
                "max_completion_tokens": MAX_TOKENS,
            }
        )
        if choice["message"].get("refusal"):
            raise BadAnswer("the AI refused to answer")
        return read_reply(choice["message"].get("content"))

    async def _ask_plainly(self, messages: list[dict[str, str]]) -> AIReply:
        choice = await self._first_choice(
            {"model": self.model, "messages": messages, "max_tokens": MAX_TOKENS}
        )
        return read_reply(choice["message"].get("content"))

    async def _first_choice(self, body: dict[str, Any]) -> dict[str, Any]:
        choices = (await self._chat.complete(body)).get("choices")
        if not choices:
            raise BadAnswer("empty")
        choice: dict[str, Any] = choices[0]
        if choice.get("finish_reason") in _UNFINISHED:
            raise BadAnswer(f"unfinished: {choice['finish_reason']}")
        return choice


async def one_by_one(engine: CallingEngine, texts: Sequence[TriageText]) -> list[Triage]:
    """The answer of ``engine`` about each text; its connections are closed in the end."""
    try:
        return [await engine.ask(text) for text in texts]
    finally:
        await engine.close()


def _sorted(error: Refused) -> Exception:
    """Transient; or permanent for this text alone, or for every text (key, address, model)."""
    if error.status == _TOO_MANY or error.status >= _SERVER_FAILED:
        return TransientError(str(error), retry_after=error.retry_after)
    if error.status in _ABOUT_THE_TEXT:
        return BadAnswer(str(error))
    return PermanentError(str(error))
