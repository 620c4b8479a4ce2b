"""The embedded engine alone: what it recognises, and what it answers for unknown text."""

import subprocess
import sys
import unicodedata

import pytest

from models.ports import Triage, TriageText
from worker.adapters.ai import model as models
from worker.adapters.ai.embedded import EmbeddedEngine

EXPECTED = [
    ("302호 물샘", "plumbing", "ko"),
    ("엘베 또 멈춤. 안에 사람은 없음", "elevator", "ko"),
    ("도어락이먹통이라 못들어가요ㅠㅠ", "security", "ko"),
    ("에어컨이안시원해요", "hvac", "ko"),
    ("바퀴벌레 나와요", "pest", "ko"),
    ("형광등 깜빡거림", "electrical", "ko"),
    ("toliet clogged", "plumbing", "en"),
    ("AC dead", "hvac", "en"),
    ("refridgerator is warm inside", "appliance", "en"),
    ("no hot water since tue", "plumbing", "en"),
    ("hole in the drywall behind the door", "structural", "en"),
    ("smoke detector chirping all night", "fire_safety", "en"),
    ("trash chute on 9 is overflowing", "cleaning", "en"),
    ("AC에서 물이 새요", "hvac", "ko"),
]


def ask(text: str, language: str = "ko", location: str = "") -> Triage:
    [answer] = EmbeddedEngine().triage([TriageText(text, location, language)])
    return answer


@pytest.mark.parametrize(("text", "category", "language"), EXPECTED)
def test_everyday_requests(text: str, category: str, language: str) -> None:
    answer = ask(text)
    assert (answer.category, answer.language) == (category, language)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z" * 4_000,
        "😀😀",
        "No hay agua caliente en mi apartamento",
        "お湯が出ません",
        "Протекает труба",
        "zxqv blorp",
    ],
)
def test_what_it_does_not_understand_is_other_with_low_confidence(text: str) -> None:
    answer = ask(text)
    assert answer.category == "other"
    assert answer.confidence < 0.3


@pytest.mark.parametrize(
    "text",
    ["rating me", "asdf qwer", "ㅋㅋㅋㅋ", "test", "테스트", "what is the meaning of life", "blah"],
)
def test_without_a_known_word_a_person_decides(text: str) -> None:
    """Below TRIAGE_SURE_FROM (0.6), and nothing that wakes anybody."""
    answer = ask(text)
    assert answer.confidence <= 0.5
    assert answer.priority != "urgent"


@pytest.mark.parametrize(
    "text",
    [
        "gas station next door is noisy",
        "Gas bill is too high",
        "fire drill on Tuesday",
        "fire station siren keeps us awake",
        "Fire truck parked in our lane",
        "fire department visit next Monday",
        "smoke detector battery low",
        "smoked glass door scratched",
        "Mr. Burns in 4B plays loud music",
        "가스레인지 청소 부탁드립니다",
        "소화기 점검 날짜가 지났어요",
        "화재보험 갱신 서류 요청",
        "연기학원 소음이 심해요",
        "가스경보기 배터리 교체",
        "도시가스 요금이 너무 많이 나왔어요",
        "감전주의 스티커가 떨어졌어요",
        "침수 방지판 점검",
    ],
)
def test_a_name_that_contains_a_word_of_danger_is_none(text: str) -> None:
    assert ask(text).priority != "urgent"


@pytest.mark.parametrize(("text", "category", "language"), EXPECTED)
def test_decomposed_text_with_invisible_characters_is_the_same_text(
    text: str, category: str, language: str
) -> None:
    assert ask(unicodedata.normalize("NFD", text)) == ask(text)
    assert ask("\u200f" + "\u200b".join(text) + "\u202c") == ask(text)


def test_the_reason_quotes_the_requester_in_their_language() -> None:
    assert "변기" in ask("변기가 막혔어요").reason
    assert "배관" in ask("변기가 막혔어요").reason
    assert "toilet" in ask("the toilet is clogged").reason


def test_the_location_is_used_if_the_description_says_nothing() -> None:
    assert ask("고장났어요", location="3층 엘리베이터").category == "elevator"


def test_a_worker_is_ready_without_heavy_libraries() -> None:
    """In a new process, which must load neither scikit-learn nor openai."""
    script = (
        "import sys; from worker.adapters.ai.engines import with_fallback, embedded;"
        "from models.ports import TriageText;"
        "embedded(None).triage([TriageText('변기 막힘')]);"
        "assert not {'sklearn', 'openai', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


def test_the_model_stays_small() -> None:
    assert models.PATH.stat().st_size < 3_000_000
