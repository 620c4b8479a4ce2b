"""The cache of AI answers: one caller asks, and all others with the same text wait."""

import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.database import transaction
from models.ports import Triage, TriageText
from models.services.cached_answers import (
    HITS,
    MISSES,
    CacheMiss,
    find_or_claim,
    key_of,
    release_keys,
    store_answers,
)
from models.services.counters import read_counters

ANSWER = Triage("plumbing", "high", 0.9, "물이 샙니다.", "ko", "some-model", "1")
A, B, C = (bytes([n]) * 32 for n in b"ABC")


def _take(session: Session, *keys: bytes) -> dict[bytes, Triage | CacheMiss]:
    return find_or_claim(session, keys, seconds=60, asking_seconds=7)


@pytest.fixture
def asked(session: Session) -> Session:
    """``A`` was answered, ``B`` is being asked about."""
    _take(session, A, B)
    store_answers(session, {A: ANSWER})
    return session


def _key(description: str, *, language: str = "ko", model: str = "m", prompt: str = "1") -> bytes:
    words = TriageText(description, language=language)
    return key_of(words, model=model, prompt_version=prompt)


def test_texts_that_fold_to_the_same_have_the_same_key() -> None:
    apart = unicodedata.normalize("NFD", "화장실에서  물이 새요\u200b")
    assert _key("화장실에서 물이 새요") == _key(apart)


@pytest.mark.parametrize(
    "other",
    [
        _key("불이 안 켜져요"),
        _key("물이 새요", language="en"),
        _key("물이 새요", model="n"),
        _key("물이 새요", prompt="2"),
    ],
)
def test_other_text_language_model_or_prompt_has_another_key(other: bytes) -> None:
    assert _key("물이 새요") != other


def test_each_key_is_claimed_separately(asked: Session) -> None:
    assert _take(asked, A, B, C, C) == {A: ANSWER, B: CacheMiss.WAIT, C: CacheMiss.ASK}
    assert _take(asked, C) == {C: CacheMiss.WAIT}
    assert _take(asked) == {}


def test_hits_and_misses_are_counted(asked: Session) -> None:
    _take(asked, A, A, B, C)
    counted = read_counters(asked)
    assert (counted[HITS], counted[MISSES]) == (2, 3)


def test_an_old_answer_is_asked_for_again(asked: Session) -> None:
    asked.execute(text("UPDATE cached_answers SET asked_at = now() - interval '61 s'"))
    assert _take(asked, A) == {A: CacheMiss.ASK}


def test_the_key_of_a_dead_caller_can_be_claimed(asked: Session) -> None:
    asked.execute(text("UPDATE cached_answers SET asked_at = now() - interval '8 s'"))
    assert _take(asked, A, B) == {A: ANSWER, B: CacheMiss.ASK}


def test_a_released_key_is_the_next_callers(asked: Session) -> None:
    release_keys(asked, [A, B])
    assert _take(asked, A, B) == {A: ANSWER, B: CacheMiss.ASK}


@pytest.mark.usefixtures("committed")
def test_of_many_callers_at_once_one_claims_the_key() -> None:
    def take(n: int) -> int:
        keys = [A, B, C] if n % 2 else [C, B, A]
        with transaction() as session:
            return list(_take(session, *keys).values()).count(CacheMiss.ASK)

    with ThreadPoolExecutor(12) as workers:
        assert sum(workers.map(take, range(24))) == 3
