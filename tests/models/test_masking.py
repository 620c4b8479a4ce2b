"""Masking contact data in free text."""

import pytest

from models.services.masking import mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("010-1234-5678로 연락 주세요", "[phone]로 연락 주세요"),
        ("전화 01012345678", "전화 [phone]"),
        ("연락처:010.1234.5678", "연락처:[phone]"),
        ("+82 10-1234-5678", "[phone]"),
        ("051)123-4567", "[phone]"),
        ("call (415) 555-0199 please", "call [phone] please"),
        ("1588-1234 콜센터", "[phone] 콜센터"),
        ("kim.h@example.co.kr로 메일", "[e-mail]로 메일"),
        ("카톡 @hajakim 입니다", "카톡 [account] 입니다"),
        ("김하자입니다, kim haja", "[name]입니다, [name]"),
    ],
)
def test_contact_data_is_replaced(text: str, masked: str) -> None:
    assert mask(text, ["김하자", "Kim Haja", "", " "]) == masked


@pytest.mark.parametrize(
    "text",
    ["302호 화장실 물샘", "101동 1203호", "since 2026-11-23, 3 days", "room 12034", "3000원", ""],
)
def test_text_about_the_fault_stays(text: str) -> None:
    assert mask(text, ["김"]) == text


@pytest.mark.parametrize("text", ["1" * 4_000, "1-" * 2_000, "a." * 2_000, "12)(" * 1_000])
def test_hostile_text_is_masked_quickly(text: str) -> None:
    assert len(mask(text)) <= 4_000
