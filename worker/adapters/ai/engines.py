"""The two engines that ``config/wiring.py`` can choose from."""

from config.settings import Settings
from models.ports import TriageEngine
from worker.adapters.ai.current_model import CurrentModel
from worker.adapters.ai.embedded import EmbeddedEngine
from worker.adapters.ai.fallback import FallbackEngine
from worker.adapters.ai.openai_engine import OpenAIEngine


def embedded(_settings: Settings) -> TriageEngine:
    """The classifier in this process; needs no key, network or download."""
    return EmbeddedEngine(CurrentModel())


def with_fallback(settings: Settings) -> TriageEngine:
    """The AI of the settings, with the embedded engine answering whenever it does not."""
    return FallbackEngine(OpenAIEngine(settings), embedded(settings))
