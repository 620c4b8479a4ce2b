"""The AI first, the embedded engine at once when the AI is away, slow or talking nonsense."""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from models.ports import (
    CallingEngine,
    PermanentError,
    TransientError,
    Triage,
    TriageEngine,
    TriageText,
)
from worker.adapters.ai.breaker import Breaker
from worker.adapters.ai.opinion import BadAnswer

log = structlog.get_logger(__name__)


class FallbackEngine:
    """A ``models.ports.CallingEngine`` that always answers; second choices are ``degraded``."""

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
        return [self._triage(text) for text in texts]

    def _triage(self, text: TriageText) -> Triage:
        if not self._breaker.allows():
            return self._degraded(text)
        try:
            [answer] = self._first.triage([text])
        except BadAnswer as error:
            # The server is there; only this answer was of no use.
            self._breaker.succeeded()
            log.warning("ai_answer_unusable", reason=str(error))
        except (TransientError, PermanentError) as error:
            self._breaker.failed()
            log.warning("ai_unavailable", reason=str(error))
        else:
            self._breaker.succeeded()
            return answer
        return self._degraded(text)

    def _degraded(self, text: TriageText) -> Triage:
        [answer] = self._second.triage([text])
        return replace(answer, degraded=True)
