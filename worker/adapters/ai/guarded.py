"""An AI behind a circuit breaker, with its errors sorted."""

import asyncio
from collections.abc import Sequence

import structlog

from config.monitoring import report_error
from models.ports import CallingEngine, PermanentError, TransientError, Triage, TriageText
from worker.adapters.ai.breaker import Breaker
from worker.adapters.ai.openai_engine import one_by_one
from worker.adapters.ai.reply import BadAnswer

log = structlog.get_logger(__name__)


class GuardedEngine:
    """A ``models.ports.CallingEngine`` that does not ask an AI that was away a moment ago.

    Only an answer that cannot be used is permanent: what else is wrong, a refused key too, somebody
    mends, and the same text may be asked about again.
    """

    def __init__(self, engine: CallingEngine, breaker: Breaker) -> None:
        self._engine = engine
        self._breaker = breaker

    @property
    def model(self) -> str:
        return self._engine.model

    @property
    def prompt_version(self) -> str:
        return self._engine.prompt_version

    def triage(self, texts: Sequence[TriageText]) -> list[Triage]:
        """One after the other, for where no event loop runs."""
        return asyncio.run(one_by_one(self, texts))

    async def ask(self, text: TriageText) -> Triage:
        """See :meth:`models.ports.CallingEngine.ask`."""
        if not self._breaker.allows():
            raise TransientError("the AI was away a moment ago")
        try:
            answer = await self._engine.ask(text)
        except BadAnswer as error:
            # The server works; only this answer cannot be used.
            self._breaker.succeeded()
            log.warning("ai_answer_unusable", reason=str(error))
            raise
        except (TransientError, PermanentError) as error:
            self._breaker.failed(getattr(error, "retry_after", None))
            log.warning("ai_unavailable", reason=str(error))
            raise TransientError(str(error)) from error
        except Exception as error:
            # A setting that a library refuses, or a bug.
            self._breaker.failed()
            log.exception("ai_unusable")
            report_error(error)
            raise TransientError(f"the AI cannot be used ({type(error).__name__})") from error
        self._breaker.succeeded()
        return answer

    async def close(self) -> None:
        await self._engine.close()
