"""The two engines that ``models/wiring.py`` can choose from."""

from collections.abc import Sequence
from threading import Lock

from config.settings import Settings
from models.ports import Triage, TriageEngine, TriageText
from worker.adapters.ai.fallback import FallbackEngine
from worker.adapters.ai.openai_engine import OpenAIEngine


def embedded(_settings: Settings) -> TriageEngine:
    """The classifier in this process; needs no key, network or download."""
    from worker.adapters.ai.current_model import CurrentModel
    from worker.adapters.ai.embedded import EmbeddedEngine

    return EmbeddedEngine(CurrentModel())


class OnDemand:
    """The embedded engine, loaded at its first use: a process whose AI always answers saves its
    20 MB."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._engine: TriageEngine | None = None

    def triage(self, texts: Sequence[TriageText]) -> list[Triage]:
        """See :meth:`models.ports.TriageEngine.triage`."""
        with self._lock:
            if self._engine is None:
                self._engine = embedded(self._settings)
        return self._engine.triage(texts)


def with_fallback(settings: Settings) -> TriageEngine:
    """The AI of the settings, with the embedded engine as fallback."""
    return FallbackEngine(OpenAIEngine(settings), OnDemand(settings))
