from collections.abc import Iterator

import pytest

from config.settings import Settings
from tests.servers.openai_server import OpenAIServer
from tests.worker.adapters.settings import make_settings
from worker.adapters.ai.openai_engine import OpenAIEngine


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


@pytest.fixture
def ai_settings(server: OpenAIServer) -> Settings:
    settings: Settings = make_settings(
        openai_api_key="test-key",
        openai_base_url=server.url,
        openai_model="test-model",
        openai_timeout=10,
    )
    return settings


@pytest.fixture
def engine(ai_settings: Settings) -> OpenAIEngine:
    return OpenAIEngine(ai_settings)
