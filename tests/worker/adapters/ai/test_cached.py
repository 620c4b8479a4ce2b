"""The AI is asked once about the same text, by however many workers at once."""

import threading
import time
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from models.database import transaction
from models.ports import TransientError, Triage, TriageText
from models.services.answers import HITS, MISSES
from models.services.counters import read_counters
from worker.adapters.ai.cached import CachedEngine

pytestmark = pytest.mark.usefixtures("committed")

ANSWER = Triage("plumbing", "high", 0.9, "물이 샙니다.", "ko", "some-model", "1")


class SlowEngine:
    """Counts how often it is asked; ``failures`` makes it fail that often first."""

    def __init__(self, *, failures: int = 0) -> None:
        self.asked = 0
        self.failures = failures
        self._lock = threading.Lock()

    def triage(self, texts: Sequence[TriageText]) -> list[Triage]:
        with self._lock:
            self.asked += len(texts)
            fails = self.asked <= self.failures
        time.sleep(0.2)
        if fails:
            raise TransientError("away")
        return [ANSWER for _ in texts]


def _cached(engine: SlowEngine, *, prompt_version: str = "1") -> CachedEngine:
    return CachedEngine(
        engine, model="some-model", prompt_version=prompt_version, timeout=2, seconds=60
    )


def test_the_same_text_at_once_from_many_workers_is_asked_once() -> None:
    engine = SlowEngine()
    # Each worker has a cache object of its own; only the database is shared.
    caches = [_cached(engine) for _ in range(12)]
    with ThreadPoolExecutor(12) as workers:
        answers = list(workers.map(lambda c: c.triage([TriageText("물이 새요")]), caches))
    assert engine.asked == 1
    assert answers == [[ANSWER]] * 12
    with transaction() as session:
        counted = read_counters(session)
    assert (counted[MISSES], counted[HITS]) == (1, 11)


def test_what_looks_the_same_is_the_same() -> None:
    engine = SlowEngine()
    cache = _cached(engine)
    cache.triage([TriageText("화장실에서 물이 새요")])
    cache.triage([TriageText(unicodedata.normalize("NFD", "화장실에서  물이 새요\u200b"))])
    assert engine.asked == 1


@pytest.mark.parametrize(
    "other", [TriageText("불이 안 켜져요"), TriageText("물이 새요", language="en")]
)
def test_another_text_or_language_is_asked(other: TriageText) -> None:
    engine = SlowEngine()
    _cached(engine).triage([TriageText("물이 새요"), other])
    assert engine.asked == 2


def test_another_prompt_is_asked() -> None:
    first, second = SlowEngine(), SlowEngine()
    _cached(first).triage([TriageText("물이 새요")])
    _cached(second, prompt_version="2").triage([TriageText("물이 새요")])
    assert (first.asked, second.asked) == (1, 1)


def test_an_old_answer_is_asked_again() -> None:
    engine = SlowEngine()
    cache = _cached(engine)
    cache.triage([TriageText("물이 새요")])
    with transaction() as session:
        session.execute(text("UPDATE cached_answers SET asked_at = now() - interval '61 s'"))
    cache.triage([TriageText("물이 새요")])
    assert engine.asked == 2


def test_a_failure_is_not_kept() -> None:
    cache = _cached(SlowEngine(failures=1))
    with pytest.raises(TransientError):
        cache.triage([TriageText("물이 새요")])
    assert cache.triage([TriageText("물이 새요")]) == [ANSWER]


def test_an_asker_who_died_is_replaced() -> None:
    engine = SlowEngine()
    cache = _cached(engine)
    cache.triage([TriageText("물이 새요")])
    with transaction() as session:
        session.execute(
            text("UPDATE cached_answers SET answer = NULL, asked_at = now() - interval '8 s'")
        )
    assert cache.triage([TriageText("물이 새요")]) == [ANSWER]
    assert engine.asked == 2
