"""Every page of the map of routes speaks the caller's language alone, also where it is rarely read."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories import PASSWORD
from tests.sample_house import addresses, furnish

HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]+")
LATIN = re.compile(r"[A-Za-z][A-Za-z-]+")
# A particle that leaves the choice to the reader.
UNDECIDED = re.compile(
    r"\(으\)로|\(이\)|\(가\)|\(은\)|\(는\)|\(을\)|\(를\)|을/를|이/가|은/는|와/과"
)
# Names, units and formats that Korean writes in Latin letters.
LATIN_IN_KOREAN = frozenset(
    [
        "haja",
        "ai",
        "api",
        "csv",
        "pdf",
        "jpeg",
        "jpg",
        "png",
        "webp",
        "heic",
        "heif",
        "gif",
        "avif",
        "json",
        "openapi",
        "flower",
        "celery",
        "redis",
        "postgresql",
        "id",
        "qr",
        "url",
        "mb",
        "kb",
        "gb",
        "english",
        "smtp",
        "xlsx",
        "excel",
        "ctrl",
        "esc",
        "enter",
        "shift",
        "tab",
        "javascript",
        "http",
        "rfc",
        "type",
        "content-type",
        "content-length",
        "idempotency-key",
    ]
)
SPOKEN_ATTRIBUTES = ("alt", "title", "placeholder", "aria-label", "aria-description", "summary")


@dataclass
class Spoken(HTMLParser):
    """What a page says: each text with the language that its element is marked with."""

    texts: list[tuple[str, str]] = field(default_factory=list)
    _open: list[tuple[str, str]] = field(default_factory=list)

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts, self._open = [], []
        self.feed(html)

    def _language(self) -> str:
        return self._open[-1][1] if self._open else ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        language = given.get("lang") or self._language()
        spoken = [given[name] for name in SPOKEN_ATTRIBUTES if name in given]
        if tag == "input" and given.get("type") in ("submit", "button", "reset"):
            spoken.append(given.get("value", ""))
        if tag == "meta" and given.get("name") == "description":
            spoken.append(given.get("content", ""))
        self.texts += [(text, language) for text in spoken]
        if tag not in ("input", "img", "meta", "link", "br", "hr", "source", "wbr", "col"):
            self._open.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        unspoken = {"script", "style", "code", "kbd"} & {tag for tag, _ in self._open}
        if data.strip() and not unspoken:
            self.texts.append((" ".join(data.split()), self._language()))


def _foreign(page: Spoken, language: str) -> list[str]:
    """What is said in the other language without being marked as such."""
    other = "en" if language == "ko" else "ko"
    return [text for text, marked in page.texts if marked != other and _strays(text, language)]


def _strays(text: str, language: str) -> bool:
    if language == "en":
        return HANGUL.search(text) is not None
    words = re.sub(
        r"'[^']*'|[A-Z0-9]{4}-[A-Z0-9]{4}|\S+@\S+|https?://\S+|/\S+|[\w.-]*\d[\w.-]*|\w+_\w+",
        " ",
        text,
    )
    return bool({word.lower() for word in LATIN.findall(words)} - LATIN_IN_KOREAN)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_no_page_says_a_word_of_the_other_language(
    app: Flask, browser: FlaskClient, session: Session, language: str
) -> None:
    house = furnish(session, language)
    browser.set_cookie("haja_language", language)
    wrong: dict[str, list[str]] = {}
    seen: set[str] = set()

    def read(address: str) -> None:
        answer = browser.get(address)
        if answer.mimetype != "text/html" or answer.status_code in (301, 302, 303):
            return
        seen.add(address)
        page = Spoken(answer.text)
        said = _foreign(page, language)
        said += [text for text, _ in page.texts if UNDECIDED.search(text)]
        if said:
            wrong[f"{answer.status_code} {address}"] = said

    for address in ("/", "/login", "/nowhere", "/r/x?token=x", f"/r/{house.rows[0].reference}"):
        read(address)
    browser.post("/login", data={"username": house.user.username, "password": PASSWORD})
    for address in addresses(app, house):
        read(address)
    for address in ("/desk?view=all", "/desk?status=x", "/desk?q=a&view=open", "/nowhere"):
        read(address)
    assert len(seen) > 20, sorted(seen)
    assert not wrong, "\n".join(
        f"{address}: {sorted(set(said))}" for address, said in wrong.items()
    )
