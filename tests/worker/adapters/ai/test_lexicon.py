"""The lexicon finds concepts, also with endings, blanks and typing errors."""

import pytest

from models.folding import fold
from models.words import Category, Priority
from worker.adapters.ai import english, lexicon
from worker.adapters.ai.columns import CATEGORIES, PRIORITIES
from worker.adapters.ai.lexicon import CATEGORY_OF_LETTER

LEXICON = lexicon.load()


def concepts(text: str) -> list[str]:
    folded = fold(text)
    words = english.words(folded)
    stems = LEXICON.corrected([english.stem(word) for word in words])
    return [hit.concept for hit in LEXICON.english_hits(stems, words) + LEXICON.korean_hits(folded)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("변기가 막혔습니다", ["toilet", "clog"]),
        ("변기막힘", ["toilet", "clog"]),
        ("변기 가 막 혀 요", ["toilet", "clog"]),
        ("에어컨 물 떨어져요", ["ac", "leak"]),
        ("방 문고리가 헛돌아요", ["lock", "lock"]),
        ("새벽에 시끄러워요", ["noise"]),
        ("toliets are cloged", ["toilet", "clog"]),
        ("the refridgerator", ["fridge"]),
        ("smoke detector chirps", ["smoke_detector", "smoke_detector"]),
        ("the house", []),
    ],
)
def test_concepts(text: str, expected: list[str]) -> None:
    assert concepts(text) == expected


def test_it_has_the_categories_of_the_domain() -> None:
    assert set(CATEGORY_OF_LETTER.values()) == set(CATEGORIES) == set(Category) - {"pending"}
    assert set(PRIORITIES) == set(Priority) - {"pending"}


def test_it_is_rich_in_both_languages() -> None:
    rows = [
        line.split("|")
        for line in lexicon.PATH.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    assert sum(len(row[1].split(",")) for row in rows) > 1_000
    assert sum(len(row[2].split(",")) for row in rows) > 1_000
