"""Korean particles after words, numbers and Latin letters."""

import pytest

from models.particles import PARTICLES, particle
from web.pages.translations import TEXTS, translator_of


@pytest.mark.parametrize(
    ("words", "forms"),
    [
        # 으로, 을, 은, 이, 과 after a consonant
        ("해충 보통 소방 낮음 높음 긴급 본관 김하자님 본관(동) 3 6 0 10 100 1,000 10000 1.10 12.50", "으로 을 은 이 과"),
        ("M KIM team Jane Jack robot Kang building web club Vin 301동 ㄱ ‘낮음’ “본관”.", "으로 을 은 이 과"),
        # the same, but 로 after ㄹ
        ("서울 화장실 1 7 8 21 호텔 L Michel Apple hotel Bill R ㄹ URL", "로 을 은 이 과"),
        # after a vowel
        ("전기 청소 본관(3층)로비 2 4 5 9 32 010-1234 20% 30℃ 1000000000000", "로 를 는 가 와"),
        ("A KT LED Peter Park Steve Mike desk Lee Choi 누수 보류 로비(서관) ㅏ 山", "로 를 는 가 와"),
    ],
)  # fmt: skip
def test_the_form_is_chosen_by_the_last_sound(words: str, forms: str) -> None:
    for word in words.split():
        assert " ".join(particle(word, form) for form in PARTICLES) == forms, word


@pytest.mark.parametrize("word", ["", " ", "…", "()"])
def test_what_has_no_sound_gets_the_form_after_a_consonant(word: str) -> None:
    assert [particle(word, form) for form in PARTICLES] == list(PARTICLES)


def test_a_text_names_the_particle_by_its_placeholder() -> None:
    said = translator_of("ko").say("timeline.request_refined", category="해충", priority="보통")
    assert "‘보통’으로 다시" in said
    assert not [
        key for key, text in TEXTS.items() if "(으)로" in text["ko"] or "을/를" in text["ko"]
    ]
