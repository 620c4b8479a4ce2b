"""The e-mail address in a contact: folded, found, or refused with a reason; never another's."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.mailboxes import parse_address
from models.services.contacts import WrongAddress, find_email, read_email
from web.http.messages import field_message

IDN = "xn--3e0b707e"  # 한국


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kim@example.org", "kim@example.org"),
        ("김하자 kim.ha+ja@mail.example.co.kr 010-1234-5678", "kim.ha+ja@mail.example.co.kr"),
        ("메일: kim@example.org.", "kim@example.org"),
        ("이메일:kim@example.org", "kim@example.org"),
        ("mailto:kim@example.org", "kim@example.org"),
        ("(kim@example.org)", "kim@example.org"),
        ("<kim@example.org>", "kim@example.org"),
        ("“kim@example.org”!!", "kim@example.org"),
        ("✉kim@example.org", "kim@example.org"),
        ("kim@example.org(저녁에만)", "kim@example.org"),
        ("Kim <kim@example.org>", "kim@example.org"),
        ('"Kim, Minsu" <kim@example.org>', "kim@example.org"),
        ('"kim@home" <kim@example.org>', "kim@example.org"),
        ('kim@example.org "관리실 옆"', "kim@example.org"),
        ("a@example.org, b@example.org", "a@example.org"),
        ("a@example.org,b@example.org", "a@example.org"),
        ("010-1234-5678/kim@example.org", "kim@example.org"),
        ("kim@example.org,010-1234-5678", "kim@example.org"),
        ("홍길동/kim@example.org", "kim@example.org"),
        ("kim@example.org. Please call", "kim@example.org"),
        # As input methods write it, and as it is copied from a page.
        ("kim＠example.com", "kim@example.com"),
        ("ｋｉｍ＠ｅｘａｍｐｌｅ．ｃｏｍ", "kim@example.com"),
        ("kim@example。com", "kim@example.com"),
        ("ki\u200bm@exam\u2060ple.com\ufeff", "kim@example.com"),
        ("kim@한국.kr", f"kim@{IDN}.kr"),
        (unicodedata.normalize("NFD", "kim@한국.kr"), f"kim@{IDN}.kr"),
        (f"kim@{IDN}.kr", f"kim@{IDN}.kr"),
        ("kim@samsung.co.한국", f"kim@samsung.co.{IDN}"),
        ("01012345678@example.org", "01012345678@example.org"),
        ("김@한국.kr", f"김@{IDN}.kr"),
        ("josé@example.fr", "josé@example.fr"),
        ("010-1234-5678", ""),
        ("@example.org", ""),
        ("카톡 @kim.haja", ""),
        ("카톡:@kim", ""),
        ("https://t.me/@kim", ""),
        ("", ""),
    ],
)
def test_the_address_in_a_contact(text: str, expected: str) -> None:
    assert read_email(text) == expected == find_email(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("kim@", "address_incomplete"),
        ("kim@localhost", "address_incomplete"),
        ("kim(집)@example.org", "address_incomplete"),
        ("kim@example,com", "address_comma"),
        ("kim@samsung.co,kr", "address_comma"),
        ("kim @ example.org", "address_spaces"),
        ("kim @example.org", "address_spaces"),
        ("kim@samsung.co .kr", "address_spaces"),
        ("kim@samsung.co. kr", "address_spaces"),
        ("이메일kim@example.org", "address_glued"),
        ("kim@example.com으로", "address_glued"),
        ("kim@example.한국입니다", "address_glued"),
        ("010-1234-5678kim@example.org", "address_glued"),
        ("kim/lee@example.org", "address_glued"),
        ("kim,lee@example.org", "address_glued"),
        ("kim@example.org/집", "address_glued"),
        ('"a@evil.kr"@example.org', "address_quoted"),
        ('"a@evil.kr b"@example.org', "address_quoted"),
        ('"x a@evil.kr y" @example.org', "address_quoted"),
        ('"a\\" b@evil.kr \\"c" @example.org', "address_quoted"),
        ('"kim"lee@example.org', "address_quoted"),
        ('kim@example.org"', "address_quoted"),
        ("a\\@evil.kr@example.org", "address_quoted"),
        ("(a@evil.kr)@example.org", "not_an_address"),
        ("<a@evil.kr>@example.org", "not_an_address"),
        ("(a@evil.kr)b@example.org", "address_glued"),
        ("<a@evil.kr>b@example.org", "address_glued"),
        ("a@evil.kr,@example.org", "not_an_address"),
        ("a@evil.kr@example.org", "not_an_address"),
        ("kim@x..kr", "not_an_address"),
        ("kim@x_y.kr", "not_an_address"),
        ("kim@127.0.0.1", "not_an_address"),
        ("k" * 65 + "@example.org", "not_an_address"),
    ],
)
def test_what_may_be_another_s_address_is_refused_and_said(text: str, kind: str) -> None:
    with pytest.raises(WrongAddress) as caught:
        read_email(text)
    assert caught.value.kind == kind
    assert find_email(text) == ""
    assert len({field_message(kind, "ko"), field_message(kind, "en"), field_message("", "en")}) == 3


@given(st.text(max_size=200) | st.text(alphabet='ak한＠@.,:;/<>()"\u200b \\', max_size=40))
def test_an_address_that_is_found_can_be_mailed(text: str) -> None:
    found = find_email(text)
    assert not found or parse_address(found, dotted=True) == found
