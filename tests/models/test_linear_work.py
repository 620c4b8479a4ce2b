"""What reads a stranger's text does work in proportion to its length: lines of Python are counted,
not time. What the patterns do inside is judged by their form, see ``tests/architecture``."""

import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.call_ids import call_id
from config.networks import network_of
from models.danger.rules import find_danger
from models.folding import fold
from models.languages import preferred_language
from models.services.contacts import find_email
from models.services.masking import mask
from models.services.picture_format import sniff
from models.services.references import tidy_reference
from models.services.search import searched_forms, terms_of
from worker.adapters.ai.features import see
from worker.adapters.ai.lexicon import load
from worker.adapters.ai.reply import BadAnswer, read_reply

LENGTH = 1_000
_LEXICON = load()

READERS: dict[str, Callable[[str], object]] = {
    "fold": fold,
    "find_danger": find_danger,
    "find_email": find_email,
    "mask": lambda text: mask(text, [text[:20]]),
    "searched_forms": searched_forms,
    "terms_of": terms_of,
    "preferred_language": preferred_language,
    "tidy_reference": tidy_reference,
    "call_id": call_id,
    "network_of": network_of,
    "sniff": lambda text: sniff(b"\xff\xd8\xff" + text.encode()),
    "features": lambda text: see(fold(text), _LEXICON),
    "read_reply": read_reply,
}
# What such readers stumble over, besides what hypothesis finds.
UNITS = (
    *(
        "a",
        "co ",
        "a@",
        "@a.",
        "1",
        "(1",
        "-a",
        "a_",
        ".",
        ",",
        ";q=",
        '"',
        "\\",
        "<",
        "[",
        "{",
        '{"a":',
        "\n",
    ),
    *(
        "가",
        "가 ",
        "1 가",
        "물이 ",
        "엘리베이터안에사람",
        "no smoke ",
        "wont shut off ",
        "gas ",
        "it is 40 ",
    ),
    *("\u200b", "\u0301", "ｆ", "%2", "&a=", "\xff", "ﬀ", "ᄀ"),
)


def lines_of(read: Callable[[str], object], text: str) -> int:
    """How many lines of Python ``read`` runs."""
    counted = 0

    def trace(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal counted
        counted += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        with suppress(BadAnswer):
            read(text)
    finally:
        sys.settrace(before)
    return counted


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("unit", UNITS)
def test_twice_the_text_is_twice_the_work(name: str, unit: str) -> None:
    assert_linear(READERS[name], unit)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=25, deadline=None)
@given(unit=st.text(min_size=1, max_size=12))
def test_whatever_is_repeated(name: str, unit: str) -> None:
    assert_linear(READERS[name], unit)


def test_a_loop_in_a_loop_is_found() -> None:
    def pairs(text: str) -> None:
        for first in text:
            for second in text:
                _ = first + second

    with pytest.raises(AssertionError):
        assert_linear(pairs, "ab")


def assert_linear(read: Callable[[str], object], unit: str) -> None:
    text = unit * (LENGTH // len(unit))
    once = lines_of(read, text)
    twice = lines_of(read, text + text)
    # The second time some of it is known already; a text of no length costs something, too.
    assert twice <= 2.3 * once + 300, (once, twice)
