"""If the AI cannot be reached, is slow or answers nonsense, the embedded engine answers at once."""

import time

import pytest

from models.ports import TriageText
from tests.servers.openai_server import OpenAIServer
from tests.worker.adapters.settings import make_settings
from worker.adapters.ai.breaker import Breaker
from worker.adapters.ai.embedded import EmbeddedEngine
from worker.adapters.ai.fallback import FallbackEngine
from worker.adapters.ai.openai_engine import OpenAIEngine

TOILET = TriageText("변기가 막혔어요")
PASSING = ["rate_limit", "server_error", "drop", "hang", "unauthorized"]
NONSENSE = ["prose", "wrong_enum", "refusal", "cut", "empty", "bad_json", "page", "bad_request"]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(server: OpenAIServer, clock: Clock) -> FallbackEngine:
    settings = make_settings(openai_base_url=server.url, openai_timeout=0.5)
    return FallbackEngine(OpenAIEngine(settings), EmbeddedEngine(), Breaker(15, clock))


def test_the_ais_answer_is_not_marked_degraded(engine: FallbackEngine) -> None:
    [answer] = engine.triage([TOILET])
    assert not answer.degraded
    assert answer.model != "embedded"


@pytest.mark.parametrize("behaviour", PASSING + NONSENSE)
def test_the_embedded_answer_is_marked_degraded(
    engine: FallbackEngine, server: OpenAIServer, behaviour: str
) -> None:
    server.behaviour = behaviour
    [answer] = engine.triage([TOILET])
    assert answer.degraded
    assert answer.model.startswith("embedded-")
    assert (answer.category, answer.language) == ("plumbing", "ko")


@pytest.mark.parametrize("behaviour", PASSING)
def test_an_outage_costs_the_wait_once(
    engine: FallbackEngine, server: OpenAIServer, clock: Clock, behaviour: str
) -> None:
    server.behaviour = behaviour
    engine.triage([TOILET] * 20)
    assert len(server.requests) == 1
    server.behaviour = "ok"
    clock.now = 14.9
    assert engine.triage([TOILET])[0].degraded
    clock.now = 15.1
    assert not engine.triage([TOILET])[0].degraded
    assert not engine.triage([TOILET])[0].degraded


def test_a_server_is_left_alone_as_long_as_it_asks_for(
    engine: FallbackEngine, server: OpenAIServer, clock: Clock
) -> None:
    server.behaviour, server.retry_after = "rate_limit", "120"
    engine.triage([TOILET])
    server.behaviour, server.retry_after = "ok", ""
    clock.now = 119.9
    assert engine.triage([TOILET])[0].degraded
    clock.now = 120.1
    assert not engine.triage([TOILET])[0].degraded


def test_nonsense_about_one_text_does_not_open_the_breaker(
    engine: FallbackEngine, server: OpenAIServer
) -> None:
    server.behaviour = "refusal"
    assert engine.triage([TOILET])[0].degraded
    server.behaviour = "ok"
    assert not engine.triage([TOILET])[0].degraded


def test_nobody_listening_is_noticed_at_once() -> None:
    settings = make_settings(openai_base_url="http://127.0.0.1:1/v1", openai_timeout=20)
    openai = OpenAIEngine(settings)
    started = time.monotonic()
    [answer] = FallbackEngine(openai, EmbeddedEngine()).triage([TOILET])
    assert answer.degraded
    assert time.monotonic() - started < 15


def test_a_setting_that_a_library_refuses_does_not_stop_triage(
    engine: FallbackEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The official client needs a package for such a proxy, which is not installed."""
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    assert engine.triage([TOILET])[0].degraded


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_a_proxy_is_asked_with_and_without_its_scheme(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """The server acts as a proxy, because it answers for any host."""
    monkeypatch.setenv("HTTP_PROXY", scheme + server.url.removeprefix("http://").partition("/")[0])
    settings = make_settings(openai_base_url="http://ai.invalid/v1", openai_timeout=20)
    engine = FallbackEngine(OpenAIEngine(settings), EmbeddedEngine())
    assert not engine.triage([TOILET])[0].degraded
