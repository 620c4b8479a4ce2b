"""The AI first, and the embedded engine if the AI cannot be reached, is slow or answers nonsense."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from models.ports import (
    CallingEngine,
    PermanentError,
    TransientError,
    Triage,
    TriageEngine,
    TriageText,
)
from worker.adapters.ai.breaker import Breaker
from worker.adapters.ai.guarded import GuardedEngine
from worker.adapters.ai.openai_engine import one_by_one


class FallbackEngine:
    """A ``models.ports.BackedEngine`` that always answers; the second engine's answers are
    ``degraded``."""

    def __init__(
        self, first: CallingEngine, second: TriageEngine, breaker: Breaker | None = None
    ) -> None:
        self._first = GuardedEngine(first, breaker or Breaker())
        self._second = second

    @property
    def first(self) -> CallingEngine:
        """See :attr:`models.ports.BackedEngine.first`."""
        return self._first

    @property
    def model(self) -> str:
        return self._first.model

    @property
    def prompt_version(self) -> str:
        return self._first.prompt_version

    def triage(self, texts: Sequence[TriageText]) -> list[Triage]:
        """One after the other, for where no event loop runs."""
        return asyncio.run(one_by_one(self, texts))

    async def ask(self, text: TriageText) -> Triage:
        """See :meth:`models.ports.CallingEngine.ask`; the requester gets an answer all the same."""
        try:
            return await self._first.ask(text)
        except (TransientError, PermanentError):
            [answer] = self._second.triage([text])
            return replace(answer, degraded=True)

    async def close(self) -> None:
        await self._first.close()
