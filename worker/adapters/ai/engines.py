"""The two engines that ``config/wiring.py`` can choose from."""

from config.settings import Settings
from models.ports import TriageEngine
from worker.adapters.ai.cached import CachedEngine
from worker.adapters.ai.current_model import CurrentModel
from worker.adapters.ai.embedded import EmbeddedEngine
from worker.adapters.ai.fallback import FallbackEngine
from worker.adapters.ai.openai_engine import OpenAIEngine
from worker.adapters.ai.prompt import PROMPT_VERSION


def embedded(_settings: Settings) -> TriageEngine:
    """The classifier in this process; needs no key, network or download."""
    return EmbeddedEngine(CurrentModel())


def with_fallback(settings: Settings) -> TriageEngine:
    """The AI of the settings, with the embedded engine answering whenever it does not."""
    asking = CachedEngine(
        OpenAIEngine(settings),
        model=settings.openai_model,
        prompt_version=PROMPT_VERSION,
        timeout=settings.openai_timeout,
        seconds=settings.openai_cache_seconds,
    )
    return FallbackEngine(asking, embedded(settings))
