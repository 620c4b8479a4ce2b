"""The AI first, and the embedded engine if the AI cannot be reached, is slow or answers nonsense."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import structlog

from config.monitoring import report_error
from models.ports import (
    CallingEngine,
    PermanentError,
    TransientError,
    Triage,
    TriageEngine,
    TriageText,
)
from worker.adapters.ai.breaker import Breaker
from worker.adapters.ai.openai_engine import one_by_one
from worker.adapters.ai.reply import BadAnswer

log = structlog.get_logger(__name__)


class FallbackEngine:
    """A ``models.ports.CallingEngine`` that always answers; the second engine's answers are
    ``degraded``."""

    def __init__(
        self, first: CallingEngine, second: TriageEngine, breaker: Breaker | None = None
    ) -> None:
        self._first = first
        self._second = second
        self._breaker = breaker or Breaker()

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
        """See :meth:`models.ports.CallingEngine.ask`."""
        if not self._breaker.allows():
            return self._degraded(text)
        try:
            answer = await self._first.ask(text)
        except BadAnswer as error:
            # The server works; only this answer cannot be used.
            self._breaker.succeeded()
            log.warning("ai_answer_unusable", reason=str(error))
        except (TransientError, PermanentError) as error:
            self._breaker.failed(getattr(error, "retry_after", None))
            log.warning("ai_unavailable", reason=str(error))
        except Exception as error:
            # A setting that a library refuses, or a bug: the requester gets an answer all the same.
            self._breaker.failed()
            log.exception("ai_unusable")
            report_error(error)
        else:
            self._breaker.succeeded()
            return answer
        return self._degraded(text)

    async def close(self) -> None:
        await self._first.close()

    def _degraded(self, text: TriageText) -> Triage:
        [answer] = self._second.triage([text])
        return replace(answer, degraded=True)
