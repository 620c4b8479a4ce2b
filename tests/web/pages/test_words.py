"""No page speaks one language only, and no template asks for a text that is not there."""

import re
import string
from pathlib import Path

import pytest

from models.danger.rules import Danger
from models.words import DANGERS, LABELS, Status
from web.pages.desk import NOTICES
from web.pages.translations import TEXTS

TEMPLATES = Path(__file__).parents[3] / "web" / "templates"


def _blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_each_text_is_there_in_both_languages_with_the_same_blanks(key: str) -> None:
    texts = TEXTS[key]
    assert set(texts) == {"ko", "en"}
    assert all(text.strip() for text in texts.values())
    assert _blanks(texts["ko"]) == _blanks(texts["en"])


def test_korean_is_korean_and_english_is_not() -> None:
    hangul = re.compile(r"[가-힣]")
    same_in_both = {"inbox.html", "desk.by"}
    for key, texts in TEXTS.items():
        assert not hangul.search(texts["en"]), key
        assert hangul.search(texts["ko"]) or key in same_in_both, key


def test_every_text_that_a_template_names_exists() -> None:
    named = {
        key
        for path in TEMPLATES.glob("*.html")
        for key in re.findall(r"\bt\([\"']([\w.]+)[\"'][,)]", path.read_text())
    }
    assert len(named) > 60
    assert named <= set(TEXTS)


def test_texts_that_are_named_by_a_word_of_the_domain_exist() -> None:
    assert set(DANGERS) == set(Danger)
    wanted = {f"desk.{notice}" for notice in NOTICES}
    wanted |= {f"step.work.{status}" for status in Status if status != "cancelled"}
    wanted |= {f"headline.{status}" for status in Status if status != "pending"}
    wanted |= {f"fact.{kind}" for kind in LABELS} | {f"dashboard.by_{kind}" for kind in LABELS}
    wanted |= {"photo.processing", "photo.rejected"}
    assert wanted <= set(TEXTS)
