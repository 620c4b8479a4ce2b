"""Mail addresses: what is read as one, what is refused, and that it comes back as it went in."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from config.mailboxes import Mailbox, WrongMailbox, parse_address, parse_mailbox, parse_mailboxes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" a@x.kr, ,b@x.kr,", ["a@x.kr", "b@x.kr"]),
        ('op1@x.kr,"Kim, 운영" <op3@x.kr>', ["op1@x.kr", '"Kim, 운영" <op3@x.kr>']),
        ("a@x.kr, A Kim <a@x.kr>", ["A Kim <a@x.kr>"]),
        ("관리실 <kim@한국.kr>", ["관리실 <kim@xn--3e0b707e.kr>"]),
        ("root@localhost", ["root@localhost"]),
        ("김@x.kr", ["김@x.kr"]),
        ("Kim@EXAMPLE.Com", ["Kim@example.com"]),
    ],
)
def test_a_list_of_addresses(text: str, expected: list[str]) -> None:
    assert [str(mailbox) for mailbox in parse_mailboxes(text)] == expected
    assert all(parse_mailbox(one) == Mailbox(*_parts(one)) for one in expected)


def _parts(text: str) -> tuple[str, str]:
    found = parse_mailbox(text)
    return found.name, found.address


@pytest.mark.parametrize(
    "text",
    [
        "nobody",
        "a@x.kr; b@x.kr",
        "a@x.kr b@x.kr",
        "Kim, 운영 <op3@x.kr>",
        '"Kim <a@x.kr>',
        '"a@evil.kr"@x.kr',
        "team: a@x.kr, b@x.kr;",
        "kim＠x.kr",
        "kim@x..kr",
        "kim@",
        "이메일kim@x.kr",
        "kim@x.com으로",
        "=?utf-8?q?a=0ABcc:_e=40evil.kr?= <x@y.kr>",
        "a@x.kr\nb@x.kr",
        "(" * 3000 + "a@x.kr",
        "a@x.kr," * 1000,
    ],
)
def test_what_is_no_list_of_addresses(text: str) -> None:
    with pytest.raises(WrongMailbox):
        parse_mailboxes(text)


@given(st.text(max_size=60), st.text(alphabet='ab@.,<>"() \\한＠:;', max_size=30))
@example("Kim, 운영", "op@x.kr")
@example('"', "op@x.kr")
def test_any_text_is_an_address_or_refused_and_a_name_never_becomes_another_address(
    name: str, text: str
) -> None:
    try:
        found = parse_mailboxes(text)
    except WrongMailbox:
        return
    for mailbox in found:
        assert mailbox.address == parse_address(mailbox.address)
        named = Mailbox(" ".join(name.split()), mailbox.address)
        with suppress(WrongMailbox):  # it may have become too long
            assert [one.address for one in parse_mailboxes(str(named))] == [mailbox.address]
